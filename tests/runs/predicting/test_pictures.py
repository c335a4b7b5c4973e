import io
from pathlib import Path

import pytest

from jaxcnn.runs.predicting._pictures import find_pictures, read_names


def test_folders_are_walked_in_natural_order(pictures):
    more = [str(pictures / "more" / f"{number}.png") for number in range(2, 11)]
    expected = [*more, str(pictures / "broken.jpg"), str(pictures / "photo.jpg")]
    assert sorted(find_pictures(pictures)) == sorted(expected)
    assert find_pictures(str(pictures / "more")) == more


def test_files_that_are_named_stay_whatever_they_are(pictures, tmp_path):
    stream = io.BytesIO()
    given = [pictures / "more" / "notes.txt", "nowhere.png", stream, tmp_path]
    assert find_pictures(given) == given
    assert find_pictures(stream) == [stream]
    assert find_pictures("photo.jpg") == ["photo.jpg"]


def test_nothing_to_do(tmp_path):
    with pytest.raises(ValueError, match="at least one picture or folder, got none"):
        find_pictures([])
    with pytest.raises(ValueError, match=f"no pictures in {tmp_path}, {tmp_path}"):
        find_pictures([tmp_path, str(tmp_path)])


def test_a_folder_that_cannot_be_looked_into_stays(monkeypatch, tmp_path):
    def refuse(folder):
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr("jaxcnn.runs.predicting._pictures.find_image_files", refuse)
    assert find_pictures([tmp_path, "a.png"]) == [tmp_path, "a.png"]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"", []),
        (b"a.png\r\n\r\nb c.png", ["a.png", "b c.png"]),
        (b"two\nlines.png\0b.png\0", ["two\nlines.png", "b.png"]),
        ("über.png\n".encode(), ["über.png"]),
    ],
)
def test_lists_of_names(content, names):
    assert read_names(content) == names


def test_a_name_that_is_no_text_leads_to_its_file(tmp_path):
    (name,) = read_names(bytes(tmp_path / "x") + b"\xff.png\n")
    Path(name).touch()
    assert Path(name).exists()
