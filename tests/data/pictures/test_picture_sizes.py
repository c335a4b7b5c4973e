"""The sizes of image files, read from their headers."""

import pytest
from PIL import Image

from jaxcnn.data import picture_sizes


def test_heights_come_first_and_turned_pictures_are_turned(tmp_path):
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    turned = Image.Exif()
    turned[0x0112] = 6  # 90° clockwise
    Image.new("L", (30, 20)).save(tmp_path / "b.jpg", exif=turned)
    assert picture_sizes([tmp_path / "a.png", tmp_path / "b.jpg"]).tolist() == [[20, 30], [30, 20]]


def test_what_is_no_picture_is_left_out(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert picture_sizes([tmp_path / "a.png", tmp_path / "none.png"]).shape == (0, 2)
    assert picture_sizes([]).shape == (0, 2)


def test_only_some_of_many_are_opened(tmp_path):
    paths = [tmp_path / f"{side}.bmp" for side in range(1, 10)]
    for side, path in enumerate(paths, start=1):
        Image.new("L", (side, 1)).save(path)
    assert picture_sizes(paths, at_most=3).tolist() == [[1, 1], [1, 5], [1, 9]]
    with pytest.raises(ValueError, match="at_most: expected at least 1, got 0"):
        picture_sizes(paths, at_most=0)
