"""A checksum of a labeled set covers everything that can change a training."""

import os
import threading

import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import ImageFiles, Preprocessing, _fingerprint, fingerprint, from_sequence


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


class Rows(list):
    """Rows of a sequence, which counts how often one is read."""

    reads = 0

    def __getitem__(self, index):
        self.reads += 1
        return super().__getitem__(index)


def rows(change=0):
    return Rows({"image": np.full((4, 4), i + change, np.uint8), "label": i % 2} for i in range(8))


def test_the_examples_of_a_sequence_are_read_by_all_its_threads(monkeypatch):
    monkeypatch.setattr(_fingerprint, "CHUNK", 1)
    meeting, source = threading.Barrier(4), rows()
    data = from_sequence(source, threads=4)
    expected = [fingerprint(from_sequence(rows(change), threads=1)) for change in (0, 1)]
    read = Rows.__getitem__

    def read_with_others(self, index):
        meeting.wait(10)  # raises if no 4 threads read
        return read(self, index)

    monkeypatch.setattr(Rows, "__getitem__", read_with_others)
    assert fingerprint(data) == expected[0] != expected[1]


class HuggingFace(Rows):
    cache_files = ({"filename": "train.arrow"},)
    _fingerprint = "b2f0"

    def __getitem__(self, index):
        found = super().__getitem__(index)
        return found | {"small": found["image"][:2, :2]}


def test_a_set_of_hugging_face_has_a_fingerprint_of_its_own():
    source = HuggingFace(rows())
    labels = [0, 1] * 4

    def checksum(labels=labels, subset=range(8), **options):
        data = from_sequence(source, labels=labels, **options).subset(subset)
        source.reads = 0
        found = fingerprint(data)
        assert not source.reads
        return found

    squash = Preprocessing(crop_mode="squash")
    found = [
        checksum(),
        checksum(labels=labels[::-1]),
        checksum(subset=range(7)),
        checksum(subset=[1, 0, *range(2, 8)]),
        checksum(size=(2, 2)),
        checksum(image="small"),
        checksum(channels=3),
        checksum(size=(4, 4)),
        checksum(channels=1),
        checksum(size=(4, 4), preprocessing=squash),
    ]
    assert checksum() == found[0]
    source._fingerprint = "b2f1"
    found.append(checksum())
    assert len({*found}) == len(found)
    source.cache_files = ()
    source.reads = 0
    in_memory = fingerprint(from_sequence(source, labels=labels))
    assert source.reads > 8
    assert in_memory not in found
