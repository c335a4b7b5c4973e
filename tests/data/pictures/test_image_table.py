import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import DataError, FileSplits, Regression, image_table

SIZE = (4, 4)


@pytest.fixture(autouse=True)
def folder(tmp_path):
    for i in range(12):
        path = tmp_path / "set" / "pictures" / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (5, 7), i).save(path)
    Image.new("L", (5, 7), 99).save(tmp_path / "outside.png")
    return tmp_path / "set"


def read(folder, rows, header="path,label", newline="\n", encoding="utf-8", **options):
    table = folder / "table.csv"
    text = newline.join([header, *rows])
    table.write_bytes(text.encode(encoding))
    return image_table(table, SIZE, **{"cache": False, **options})


def shades(dataset):
    return dataset.images[:, 0, 0, 0].tolist()


ROWS = [f"pictures/{i}.png,{name}" for i, name in enumerate(["dog", "cat 10", "cat 9"] * 4)]
SPLIT = [f"{row},{'train' if i < 8 else 'test'}" for i, row in enumerate(ROWS)]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_that_names_the_sets(folder, newline, encoding):
    train, test = read(folder, SPLIT, "path,label,split", newline, encoding)
    assert train.class_names == test.class_names == ("cat 9", "cat 10", "dog")
    assert shades(train) == list(range(8))
    assert train.labels.tolist() == [2, 1, 0, 2, 1, 0, 2, 1]
    assert shades(test) == [8, 9, 10, 11]
    assert (train.name, train.multilabel, train.images.shape) == ("table", False, (8, *SIZE, 3))


def test_a_table_that_does_not_is_split_by_class(folder):
    train, test = read(folder, ROWS, test_fraction=0.25)
    assert train.class_counts.tolist() == [3, 3, 3]
    assert test.class_counts.tolist() == [1, 1, 1]
    assert sorted(shades(train) + shades(test)) == list(range(12))


def test_columns_of_other_names_and_another_root(folder):
    rows = [f"x,{row.removeprefix('pictures/')}" for row in ROWS]
    options = {"path": "file", "label": "what is it", "root": folder / "pictures"}
    train, _ = read(folder, rows, "more,file,what is it", channels=1, **options)
    assert train.images.shape == (9, *SIZE, 1)


def test_of_several_sets_to_test_on_the_first_is_taken(folder):
    rows = [*SPLIT[:8], *(row.replace("test", "Val") for row in SPLIT[8:10]), *SPLIT[10:]]
    with pytest.warns(UserWarning, match=r"table.csv: passed over 2 rows of 'val'"):
        assert shades(read(folder, rows, "path,label,split").test) == [10, 11]


def test_files_can_be_streamed(folder):
    files = read(folder, SPLIT, "path,label,split", stream=True)
    assert isinstance(files, FileSplits)
    assert files.test.read([3, 0])[:, 0, 0, 0].tolist() == [11, 8]


def test_several_labels_an_image(folder):
    labels = ["sea;sun", " sun ; sea ", "", "sand", "sand;sea;sun", "sea"]
    rows = [f"pictures/{i}.png,{label},train" for i, label in enumerate(labels)]
    train, test = read(folder, [*rows, "pictures/9.png,sun,test"], "path,label,split")
    assert train.multilabel
    assert train.labels.dtype == np.uint8
    assert train.class_names == ("sand", "sea", "sun")
    expected = [[0, 1, 1], [0, 1, 1], [0, 0, 0], [1, 0, 0], [1, 1, 1], [0, 1, 0]]
    assert train.labels.tolist() == expected
    assert train.class_counts.tolist() == [2, 4, 3]
    assert test.labels.tolist() == [[0, 0, 1]]


def test_several_labels_an_image_are_split_and_skipped_alike(folder):
    rows = [f"pictures/{i}.png,{label}" for i, label in enumerate(["a;b", "a", "b", ""] * 3)]
    train, test = read(folder, rows, test_fraction=0.25)
    for part in (train, test):
        expected = np.array([[1, 1], [1, 0], [0, 1], [0, 0]])[np.array(shades(part)) % 4]
        np.testing.assert_array_equal(part.labels, expected)
    assert len(test) == 3
    files = read(folder, rows, stream=True).train
    assert repr(files).endswith(" 10 files as (4, 4, 3), 2 classes, multilabel)")
    assert files[0][1].tolist() in [[1, 1], [1, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([*ROWS, "none.png,dog"], r"table\.csv, line 14: expected an existing file.*none\.png"),
        ([*ROWS, "pictures,dog"], "line 14: expected an existing file"),
        ([*ROWS, "../outside.png,dog"], r"line 14: .* inside .* got '\.\./outside\.png'"),
        ([*ROWS, "pictures/../../outside.png,dog"], "line 14: expected a path inside"),
        ([*ROWS, "/etc/hostname,dog"], "line 14: expected a path inside .* got '/etc/hostname'"),
        ([*ROWS, ",dog"], "line 14: expected a path, got none"),
        ([*ROWS[1:], "pictures/0.png,"], "line 13: expected a label, got none"),
        ([*ROWS[1:], "pictures/0.png,;"], "line 13: expected a label, got none"),
        ([*ROWS, "./pictures//1.png,dog"], r"14: .* once, got '\./pictures//1\.png' as in line 3"),
        ([*ROWS, ",", *ROWS], "line 14: expected a path, got none"),
        ([*ROWS, "", *ROWS], "line 14: expected 2 cells, got 0"),
        ([*ROWS, "pictures/1.png"], "line 14: expected 2 cells, got 1"),
        ([*ROWS, "pictures/1.png,a,b"], "line 14: expected 2 cells, got 3"),
        ([*ROWS, '"pictures/1.png,a'], "expected a CSV file in UTF-8"),
        ([], "expected rows under the header, got none"),
        (ROWS[:1], r"expected at least two classes, got \['dog'\]"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(folder, rows, message):
    with pytest.raises(DataError, match=message):
        read(folder, rows)


def test_a_path_that_begins_like_the_root_is_outside(folder):
    (folder.parent / "set2").mkdir()
    Image.new("L", (1, 1)).save(folder.parent / "set2" / "a.png")
    with pytest.raises(DataError, match=r"expected a path inside .* got '\.\./set2/a\.png'"):
        read(folder, [*ROWS, "../set2/a.png,dog"])


def test_a_whole_path_inside_the_root_is_good(folder):
    rows = [f"{folder}/{row}" for row in ROWS]
    assert len(read(folder, [*rows, "", ""]).train) == 9  # empty lines at the end are good, too


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [*SPLIT[:-1], "pictures/11.png,dog,exam"],
            "line 13: expected one of train, test, .* got 'exam'",
        ),
        ([*SPLIT[:-1], "pictures/11.png,cow,test"], "line 13: expected a class .* got 'cow'"),
        (SPLIT[8:], "expected rows to train on, got none"),
    ],
)
def test_what_is_wrong_with_the_sets_is_named(folder, rows, message):
    with pytest.raises(DataError, match=message):
        read(folder, rows, "path,label,split")


@pytest.mark.parametrize("header", ["file,label", "path,class", ""])
def test_missing_columns_are_named(folder, header):
    hint = r"such as (path='filename'|label='class')\)$"
    with pytest.raises(DataError, match=rf"a column '(path|label)', got the header \[.*{hint}"):
        read(folder, ROWS, header)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_told(folder, separator):
    rows = [row.replace(",", separator) for row in ROWS]
    with pytest.raises(
        DataError, match=r"table\.csv: expected columns separated by commas, got 'p"
    ):
        read(folder, rows, f"path{separator}label")


def test_a_column_that_is_there_twice_is_named(folder):
    with pytest.raises(DataError, match=r"one column 'label', got the header \['path', 'l"):
        read(folder, [f"{row},again" for row in ROWS], "path,label,label")


def test_spaces_after_commas_do_not_count(folder):
    rows = [row.replace(",", ", ") for row in SPLIT]
    assert shades(read(folder, rows, "path, label, split").train) == list(range(8))


def test_quoted_cells_hold_commas_and_lines(folder):
    rows = [*ROWS[:10], 'pictures/10.png,"a, b"', 'pictures/11.png,"a\nb"']
    assert read(folder, rows).train.class_names == ("a\nb", "a, b", "cat 9", "cat 10", "dog")


def test_a_semicolon_at_the_end_adds_no_class_and_makes_no_multilabel_set(folder):
    train = read(folder, [f"{ROWS[0]};", *ROWS[1:]]).train
    assert (train.class_names, train.multilabel) == (("cat 9", "cat 10", "dog"), False)


def test_a_home_folder_is_found(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    read(folder, ROWS)
    options = {"cache": False, "root": "~/set"}
    assert len(image_table("~/set/table.csv", SIZE, **options).train) == 9


def test_what_is_no_table(folder):
    with pytest.raises(DataError, match="expected a CSV file in UTF-8"):
        read(folder, ["ä"], encoding="latin-1")
    (folder / "empty.csv").write_text("")
    with pytest.raises(DataError, match="got an empty file"):
        image_table(folder / "empty.csv", SIZE)
    with pytest.raises(FileNotFoundError):
        image_table(folder / "none.csv", SIZE)


PICTURES = [f"pictures/{i}.png" for i in range(12)]


def test_labels_may_be_numbers(folder):
    rows = [f"{path},{i / 4 - 1}" for i, path in enumerate(PICTURES)]
    train, test = read(folder, rows, header="path,age", label="age", task="regression")
    assert (train.class_names, train.task, train.labels.dtype) == (("age",), Regression(), "f4")
    assert len(test) == round(0.2 * 12)
    found = {
        int(image[0, 0, 0]): label
        for part in (train, test)
        for image, label in zip(part.images, part.labels, strict=True)
    }
    assert found == {i: i / 4 - 1 for i in range(12)}


@pytest.mark.parametrize("label", ["old", "", "nan", "1e39", "1e999"])
def test_labels_that_are_no_numbers_are_told(folder, label):
    rows = [f"{PICTURES[0]},1", f"{PICTURES[1]},{label}"]
    with pytest.raises(DataError, match=f"line 3: expected a finite number, got '{label}'"):
        read(folder, rows, task="regression")


def test_a_task_that_is_named_is_not_guessed(folder):
    rows = [f"{path},{'ab'[i % 2]}" for i, path in enumerate(PICTURES)]
    assert read(folder, rows, task="multilabel").train.labels.shape[1:] == (2,)
    with pytest.raises(DataError, match="line 13: expected a label, got 'a;b'"):
        read(folder, [*rows[:-1], f"{PICTURES[-1]},a;b"], task="single")


def test_the_limits_of_a_table(folder, monkeypatch):
    rows = [*ROWS, f"pictures/0.png,{'x' * 131_072}"]
    with pytest.raises(DataError, match=r"table\.csv, line 14: expected each file once"):
        read(folder, rows)
    with pytest.raises(DataError, match=r"table\.csv: expected a CSV file .* larger than field"):
        read(folder, [*ROWS, f"pictures/0.png,{'x' * 131_073}"])
    size = len("\n".join(["path,label", *ROWS]))
    monkeypatch.setattr("jaxcnn.data.pictures._table_lines.MAX_TABLE_BYTES", size)
    assert len(read(folder, ROWS).train) == 9
    with pytest.raises(DataError, match=rf"expected at most {size} bytes, got {size + 1}"):
        read(folder, [*ROWS, ""])


@pytest.mark.parametrize("row", ["a,", '"\n",'])
def test_a_row_without_end(folder, row, monkeypatch):
    monkeypatch.setattr("jaxcnn.data.pictures._table_lines.MAX_ROW", 1000)
    wide = f"pictures/0.png,cat{',' * 982}"
    with pytest.raises(DataError, match="line 2: expected 2 cells, got 984"):
        read(folder, [wide])
    for rows in ([f"{wide},"], [row * 1000]):
        with pytest.raises(DataError, match="a row has more than 1,000 characters"):
            read(folder, rows)


def test_a_class_that_is_a_number_of_thousands_of_digits(folder):
    rows = [f"pictures/{i}.png,{'9' * (5000 + i % 2)}" for i in range(12)]
    assert [len(name) for name in read(folder, rows).train.class_names] == [5000, 5001]


def test_messages_about_a_table_are_short_and_safe(folder):
    for header, row in ((f"path,label,{'x' * 5000}", "a,b,c"), ("path,label", f"{'x' * 5000},a")):
        with pytest.raises(DataError) as found:
            read(folder, [row], header)
        assert len(str(found.value)) < 1500
    with pytest.raises(DataError, match=r"existing file, got .*\\x1b\[2J\.png"):
        read(folder, ["\x1b[2J.png,cat"])


def test_a_table_without_a_class_of_two_images_is_named(folder):
    rows = ["pictures/0.png,cat", "pictures/1.png,dog"]
    with pytest.raises(DataError, match=r"table\.csv: expected a class with two images, one to"):
        read(folder, rows)
