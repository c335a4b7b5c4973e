"""A checksum of a labeled set covers everything that can change a training."""

import os

import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import ImageFiles, _fingerprint, fingerprint


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


def test_many_files_are_read_again_only_if_one_has_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(_fingerprint, "MANY", 3)
    reads = []
    digest = _fingerprint._file_digest
    monkeypatch.setattr(
        _fingerprint, "_file_digest", lambda path: reads.append(path) or digest(path)
    )
    paths = [picture(tmp_path / f"{i}.bmp", i) for i in range(3)]

    def checksum(labels=(0, 1, 0), cache=tmp_path / "cache"):
        reads.clear()
        return fingerprint(ImageFiles(paths, labels, ("cat", "dog"), (4, 4, 1)), cache=cache)

    whole = checksum(cache=False)
    assert checksum() == checksum() == whole
    assert not reads
    assert checksum(labels=(0, 1, 1)) != whole
    assert len(reads) == 3
    picture(paths[1], 100)
    os.utime(paths[1], ns=(0, 0))
    assert checksum() != whole
    assert len(reads) == 3
    for known in (tmp_path / "cache").iterdir():
        known.write_text("damaged")
    assert checksum() == checksum(cache=False)
