import io
import os
from pathlib import Path

import pytest

from jaxcnn.reports import find_pictures


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


@pytest.mark.skipif(os.name != "posix", reason="paths of POSIX")
def test_nothing_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match="at least one image file or folder, got none"):
        find_pictures([])
    with pytest.raises(ValueError, match=r"^a, b: expected image files \(\.jpg, .*, got no f"):
        find_pictures(["a", Path("b")])
    (tmp_path / "a" / "notes.txt").touch()
    with pytest.raises(ValueError, match=r"got 1 other file, such as a/notes\.txt$"):
        find_pictures(["a", Path("b")])


def test_a_folder_that_cannot_be_looked_into_stays(monkeypatch, tmp_path):
    def refuse(folder, **_):
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr("jaxcnn.reports._predict_files.find_image_files", refuse)
    assert find_pictures([tmp_path, "a.png"]) == [tmp_path, "a.png"]
