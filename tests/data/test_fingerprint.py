"""A checksum of a labeled set covers everything that can change a training."""

import os

import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import ImageFiles, fingerprint


def picture(path, value):
    Image.fromarray(np.full((4, 4), value, np.uint8)).save(path)
    return path


def test_the_bytes_of_files_count_and_their_names_do_not(tmp_path):
    paths = [picture(tmp_path / f"{i}.bmp", i) for i in range(3)]

    def checksum(order=(0, 1, 2), shape=(4, 4, 1)):
        files = [paths[i] for i in order]
        return fingerprint(ImageFiles(files, [0, 1, 0], ("cat", "dog"), shape))

    before = checksum()
    assert checksum(order=(2, 1, 0)) != before != checksum(shape=(8, 8, 1))
    paths[1] = paths[1].rename(tmp_path / "renamed.bmp")
    assert checksum() == before
    size = os.path.getsize(paths[1])
    picture(paths[1], 100)
    assert os.path.getsize(paths[1]) == size
    assert checksum() != before
    paths[1].unlink()
    with pytest.raises(FileNotFoundError, match=r"renamed\.bmp"):
        checksum()
