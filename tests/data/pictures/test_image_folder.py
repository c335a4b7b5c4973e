import os
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import DataError, FileSplits, ImageFiles, Splits, image_folder, overlap

SIZE = (6, 8)


def fill(folder, *names, value=0):
    """Write pictures; the n-th one has all pixels at value + n."""
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9 + i, 9), (value + i,) * 3).save(path, "PNG")


def read(folder, **options):
    return image_folder(folder, SIZE, **{"cache": False, **options})


def test_what_does_not_fit_in_memory_can_be_streamed(folder, monkeypatch):
    monkeypatch.setattr("jaxcnn.data.pictures._decode_all.memory_limit", lambda: 9)
    with pytest.raises(DataError, match=r"GB \(pass stream=True, or a smaller size\)$"):
        read(folder)
    read(folder, stream=True)


def shades(dataset):
    return dataset.images[:, 0, 0, 0].tolist()


@pytest.fixture
def folder(tmp_path):
    fill(tmp_path, *(f"train/{name}/{i}.png" for name in ("cat", "dog") for i in range(5)))
    fill(tmp_path, "test/cat/a.png", "test/dog/b.png", value=100)
    return tmp_path


@pytest.fixture
def flat(tmp_path):
    fill(tmp_path, *(f"a/{i}.png" for i in range(20)))
    fill(tmp_path, *(f"b/{i}.png" for i in range(10)), value=100)
    fill(tmp_path, "c/0.png", "c/1.png", value=200)
    return tmp_path


@pytest.mark.parametrize("test", ["test", "Test", "val", "valid", "validation"])
def test_a_folder_of_splits(folder, test):
    (folder / "test").rename(folder / test)
    data = read(folder)
    assert isinstance(data, Splits)
    assert data.train.class_names == data.test.class_names == ("cat", "dog")
    assert data.train.name == folder.name
    assert data.train.images.shape == (10, *SIZE, 3)
    assert shades(data.train) == list(range(10))
    assert data.train.labels.tolist() == [0] * 5 + [1] * 5
    assert shades(data.test) == [100, 101]
    assert data.test.labels.tolist() == [0, 1]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere they are one folder")
def test_two_folders_to_train_on_are_told(folder):
    fill(folder, "Train/cat/1.png")
    with pytest.raises(DataError, match="differ in more than case, got 'test', 'Train', 'train'"):
        read(folder)


def test_gray_images_can_be_asked_for(folder):
    assert read(folder, channels=1).train.images.shape == (10, *SIZE, 1)


def test_pictures_without_labels_are_not_to_test_on(folder):
    (folder / "test").rename(folder / "val")
    fill(folder, "test/1.png")
    with pytest.warns(UserWarning, match="read 'train' and 'val', passed over 'test'"):
        assert shades(read(folder).test) == [100, 101]


def test_a_fraction_of_each_class_is_set_aside(flat):
    train, test = read(flat, test_fraction=0.3)
    assert test.class_counts.tolist() == [6, 3, 1]
    assert train.class_counts.tolist() == [14, 7, 1]
    everything = sorted(shades(train) + shades(test))
    assert everything == [*range(20), *range(100, 110), 200, 201]
    for part in (train, test):
        assert [shade // 100 for shade in shades(part)] == part.labels.tolist()


def test_which_ones_follows_from_the_seed(flat):
    assert shades(read(flat).test) == shades(read(flat).test)
    assert shades(read(flat).test) != shades(read(flat, seed=1).test)


def test_a_train_folder_without_a_test_folder_is_split(folder):
    for name in ("cat/a.png", "dog/b.png"):
        (folder / "test" / name).unlink()
        (folder / "test" / name).parent.rmdir()
    train, test = read(folder)
    assert (len(train), len(test)) == (8, 2)
    assert test.class_counts.tolist() == [1, 1]


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5])
def test_a_fraction_is_a_fraction(flat, fraction):
    with pytest.raises(ValueError, match="test_fraction: expected more than 0 and less than 1"):
        read(flat, test_fraction=fraction)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"size": 4}, ValueError, r"expected \(height, width\), got 4 \(did you mean \(4, 4\)\?"),
        ({"size": "pets"}, ValueError, r"got 'pets' \(the files come first, then the size\)"),
        ({"size": (4, 4, 3)}, ValueError, r"size: expected \(height, width\), got"),
        ({"size": (4.5, 4)}, TypeError, r"input_shape: expected whole numbers, got \(4.5, 4, 3\)"),
        ({"size": (0, 4)}, ValueError, r"input_shape: expected \(H, W, C\) .* got \(0, 4, 3\)"),
        ({"channels": 2}, ValueError, r"input_shape: expected \(H, W, C\) with C 1 or 3"),
        ({"seed": -1}, ValueError, "seed: expected at least 0, got -1"),
    ],
)
def test_bad_options_are_named(flat, options, error, message):
    with pytest.raises(error, match=message):
        image_folder(flat, **{"size": SIZE, "cache": False} | options)


def test_a_home_folder_is_found(flat, monkeypatch):
    monkeypatch.setenv("HOME", str(flat.parent))
    assert len(read(f"~/{flat.name}").train) == len(read(flat).train)


def test_a_file_where_a_class_should_be_and_a_folder_named_like_a_picture(folder):
    fill(folder, "train/fish", "train/cat/a.jpg/1.png", value=50)
    os.symlink("nowhere", folder / "train/bird")
    with pytest.warns(UserWarning, match="ignored 2 files"):
        train = read(folder).train
    assert train.class_names == ("cat", "dog")
    assert 50 in shades(train) or 51 in shades(train)


def test_classes_of_hidden_files_only(folder):
    fill(folder, "train/fish/.1.png")
    with pytest.raises(DataError, match="expected images to train on, got none in 'fish'"):
        read(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="names that are not UTF-8 are Linux's")
def test_names_that_are_not_text_are_read_cached_and_named(flat, tmp_path_factory):
    folder = os.fsdecode(os.path.join(os.fsencode(flat), b"c\xff"))
    fill(Path(folder), "1.png", "2.png")
    data = read(flat, cache=tmp_path_factory.mktemp("cache"))
    assert "c\udcff" in data.train.class_names
    (Path(folder) / "1.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"c.udcff.1\.png: expected an image, got an empty file"):
        read(flat)


def test_classes_of_one_image_each_cannot_be_split(tmp_path):
    fill(tmp_path, "a/1.png", "b/1.png")
    with pytest.raises(DataError, match="expected a class with two images"):
        read(tmp_path)


def test_files_can_be_streamed(folder):
    files = read(folder, stream=True)
    assert isinstance(files, FileSplits)
    assert isinstance(files.train, ImageFiles)
    assert files.train.input_shape == (*SIZE, 3)
    np.testing.assert_array_equal(files.train.read(range(10)), read(folder).train.images)


def test_mixed_sizes_and_nested_folders(folder):
    fill(folder, "train/cat/more/of/them/1.JPG", "train/cat/more/2.Png", value=50)
    assert sorted(shades(read(folder).train)) == [*range(10), 50, 51]


@pytest.mark.parametrize(
    "name",
    [
        "train/cat/.hidden.png",
        "train/cat/.cache/1.png",
        "train/.ipynb_checkpoints/1.png",
        ".git/1.png",
        "train/__MACOSX/cat/1.png",
        "train/cat/._1.png",
        "train/Thumbs.db",
        "train/cat/desktop.ini",
    ],
)
def test_hidden_files_do_not_count(folder, name):
    fill(folder, name)
    data = read(folder)
    assert len(data.train) == 10
    assert data.train.num_classes == 2


def test_other_files_are_counted(folder):
    fill(
        folder, "train/cat/a.avif", "train/cat/more/notes.txt", "train/loose.png", "test/cat/b.svg"
    )
    which = "folder of a class: 'train.loose.png', 'train.cat.a.avif', 'train.cat.more.notes.txt', "
    with pytest.warns(UserWarning, match=f"ignored 4 files that .* {which}"):
        assert len(read(folder).train) == 10


ODD = [
    "1",
    "new\nline",
    "9 lives",
    "10",
    "an other",
    "naïve",
    "ß",
    "猫",
    "🐱",
    "a'b\"c",
    "%s {0}",
    "-x",
]


def test_odd_class_names_in_natural_order(tmp_path):
    fill(tmp_path, *(f"{name}/{i}.png" for name in ODD for i in range(2)))
    data = read(tmp_path, test_fraction=0.5)
    assert set(data.train.class_names) == set(ODD)
    assert data.train.class_names[:3] == ("1", "9 lives", "10")
    assert data.train.class_counts.tolist() == [1] * len(ODD)


def test_natural_order_is_that_of_numbers(tmp_path):
    names = ["7", "A", "a1", "B", "b1", *(f"image{i}" for i in (*range(12), 100))]
    fill(tmp_path, *(f"{name}/{i}.png" for name in names for i in range(2)))
    assert list(read(tmp_path, test_fraction=0.5).train.class_names) == names


def test_symlink_loops_do_no_harm(folder):
    (folder / "train/cat/again").symlink_to(folder / "train", target_is_directory=True)
    (folder / "train/cat/self").symlink_to(folder / "train/cat/self")
    (folder / "train/dog/nowhere.png").symlink_to(folder / "none.png")
    (folder / "train/cat/up").symlink_to("..", target_is_directory=True)
    with pytest.warns(UserWarning, match="ignored 3 files"):
        files = read(folder, stream=True).train
    assert len(set(map(os.path.realpath, files.paths))) == 10


def test_linked_pictures_and_folders_count(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    fill(elsewhere, "1.png", "more/2.png", value=50)
    (folder / "train/cat/x.png").symlink_to(elsewhere / "1.png")
    (folder / "train/dog/y").symlink_to(elsewhere / "more", target_is_directory=True)
    assert sorted(shades(read(folder).train)) == [*range(10), 50, 51]


def test_a_pipe_is_no_picture(folder):
    os.mkfifo(folder / "train/cat/pipe.png")
    with pytest.warns(
        UserWarning, match="ignored 1 file that is not an image, or not in the folder"
    ):
        read(folder)


def test_an_empty_class_folder(folder):
    (folder / "train" / "fish").mkdir()
    (folder / "train" / "bird" / "nested").mkdir(parents=True)
    with pytest.raises(DataError, match="expected images to train on, got none in 'bird', 'fish'"):
        read(folder)


def test_no_images_to_test_on_of_a_class(folder):
    fill(folder, "train/fish/1.png")
    with pytest.warns(UserWarning, match="no images to test on in 'fish'"):
        assert read(folder).test.class_counts.tolist() == [1, 1, 0]


def test_a_folder_with_one_class(tmp_path):
    fill(tmp_path, "cat/1.png", "cat/2.png")
    with pytest.raises(DataError, match="expected at least two classes, got only 'cat'"):
        read(tmp_path)


def test_a_class_that_is_only_there_to_test_on(folder):
    fill(folder, "test/fish/1.png")
    with pytest.raises(DataError, match="among the training classes, got 'fish'"):
        read(folder)


def test_test_folders_without_a_picture(folder):
    (folder / "test/cat/a.png").unlink()
    (folder / "test/dog/b.png").unlink()
    with pytest.raises(DataError, match="expected images to test on, got none in 'cat', 'dog'"):
        read(folder)


def test_no_images_at_all(tmp_path):
    with pytest.raises(DataError, match="expected a folder per class, got none"):
        read(tmp_path)
    fill(tmp_path, "1.png")
    with pytest.raises(DataError, match=r"got none \(1 images, 0 other files; jaxcnn.predict_file"):
        read(tmp_path)
    (tmp_path / "1.png").unlink()
    for i in range(8):
        (tmp_path / f"class {i}").mkdir()
    with pytest.raises(DataError, match=r"expected image files .* in 'class 0', .*, \.\.\. "):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "what"), [("none", "got none"), ("file", r"got a file \(image_table reads CSV")]
)
def test_no_folder(tmp_path, name, what):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=f"{name}: expected a folder of images, {what}"):
        read(tmp_path / name)


@pytest.mark.parametrize("stream", [False, True])
def test_broken_pictures_are_named_or_skipped(folder, stream):
    (folder / "train/dog/9.jpg").write_bytes(b"\xff\xd8\xff")
    if not stream:
        with pytest.raises(DataError, match=r"dog.9\.jpg: expected an image, got another or a dam"):
            read(folder)
    with pytest.warns(UserWarning, match=r"skipped 1 of 11 .*\n.*9\.jpg"):
        data = read(folder, on_error="skip", stream=stream)
    assert len(data.train) == 10


@pytest.mark.parametrize("stream", [False, True])
def test_another_word_for_what_is_done_about_them_is_told(folder, stream):
    with pytest.raises(ValueError, match=r"on_error: expected one of .*, got 'ignore'"):
        read(folder, on_error="ignore", stream=stream)


def test_the_pixel_cap_is_passed_on(folder):
    with pytest.raises(DataError, match="at most max_pixels=80"):
        read(folder, max_pixels=80)


def test_a_picture_to_train_on_and_to_test_on_is_found(folder):
    fill(folder, "test/dog/same.png", value=7)
    data = read(folder)
    assert overlap(data.train, data.test).test_indices.tolist() == [2]


@pytest.mark.usefixtures("folder")
def test_no_warning_where_nothing_is_wrong(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(read(folder).train)


def test_pictures_of_another_format_are_named_where_there_are_no_others(tmp_path):
    fill(tmp_path, "cat/1.avif", "dog/2.avif")
    expected = r"got none in 'cat', 'dog' \(2 other files, such as 'cat.1\.avif'\)"
    with pytest.raises(DataError, match=expected):
        image_folder(tmp_path, (8, 8))
