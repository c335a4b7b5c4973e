import itertools
import threading
import time

import numpy as np
import pytest
from PIL import Image

from jaxcnn.data import DataError, ImageFiles, from_sequence, stream_batches

pytest.importorskip("grain")

INDICES = np.random.default_rng(0).integers(0, 12, (9, 4))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streamed")
    paths = [folder / f"{i}.png" for i in range(12)]
    for i, path in enumerate(paths):
        Image.new("L", (6, 6), i).save(path)
    return ImageFiles(paths, np.zeros(12, int), ["a", "b"], (4, 4, 1))


def values(batches):
    return [batch[:, 0, 0, 0].tolist() for batch in batches]


@pytest.mark.parametrize(("workers", "ahead"), [(None, 4), (1, 1), (3, 2), (4, 50)])
def test_batches_come_in_order_whatever_the_number_of_workers(files, workers, ahead):
    batches = list(stream_batches(files, INDICES, workers=workers, ahead=ahead))
    assert values(batches) == INDICES.tolist()
    assert {(batch.shape, batch.dtype.name) for batch in batches} == {((4, 4, 4, 1), "uint8")}


@pytest.mark.parametrize("start", [0, 1, 8, 9])
def test_a_stream_goes_on_where_it_was_interrupted(files, start):
    assert values(stream_batches(files, INDICES, start=start)) == INDICES[start:].tolist()


@pytest.mark.parametrize("processes", [1, 2, 4])
def test_processes_share_each_batch(files, processes):
    shares = [
        values(stream_batches(files, INDICES, shard=(process, processes)))
        for process in range(processes)
    ]
    np.testing.assert_array_equal(np.concatenate(shares, axis=1), INDICES)


@pytest.mark.parametrize(
    ("indices", "ahead"),
    [([range(8)] * 3, 1), ([range(12)] * 4, 4), ([[i] for i in range(12)] * 4, None)],
)
def test_all_threads_decode_at_the_same_time(files, monkeypatch, indices, ahead):
    """Few batches ahead are as good as many, and batches may be smaller than there are threads."""
    meeting, count, met = threading.Barrier(8), itertools.count(), set()
    read = ImageFiles._read_one

    def read_with_others(self, index):
        if next(count) < 8:
            meeting.wait(10)  # raises if no 8 threads read
            met.add(threading.get_ident())
        return read(self, index)

    monkeypatch.setattr(ImageFiles, "_read_one", read_with_others)
    stream = stream_batches(files, np.array(indices), workers=8, ahead=ahead)
    assert values(stream) == np.array(indices).tolist()
    assert len(met) == 8


def test_the_examples_of_a_sequence_keep_their_dtype():
    pixels = np.random.default_rng(0).random((6, 2, 2, 1), np.float32)
    data = from_sequence([{"image": each, "label": i % 2} for i, each in enumerate(pixels)])
    indices = np.array([[5, 0, 3], [1, 2, 4]])
    for batch, expected in zip(stream_batches(data, indices, workers=3), indices, strict=True):
        assert batch.dtype == np.float32
        np.testing.assert_array_equal(batch, pixels[expected])


def test_batches_are_decoded_ahead_and_no_further(files, monkeypatch):
    steps = []
    read = ImageFiles.read
    monkeypatch.setattr(
        ImageFiles, "read", lambda self, indices: steps.append(indices) or read(self, indices)
    )
    stream = stream_batches(files, INDICES, workers=2, ahead=3)
    next(stream)
    for _ in range(200):
        if len(steps) == 4:
            break
        time.sleep(0.01)
    time.sleep(0.05)
    assert len(steps) == 4
    stream.close()


def test_closing_early_ends_the_threads(files):
    before = set(threading.enumerate())
    stream = stream_batches(files, INDICES, workers=3)
    next(stream)
    workers = set(threading.enumerate()) - before
    assert workers
    stream.close()
    for thread in workers:
        thread.join(5)
        assert not thread.is_alive()


@pytest.mark.parametrize("workers", [1, 3])
def test_a_broken_file_ends_the_stream_by_name(files, tmp_path, workers):
    (tmp_path / "bad.png").write_bytes(b"")
    paths = (*files.paths, tmp_path / "bad.png")
    with_bad = ImageFiles(paths, np.zeros(13, int), ["a", "b"], (4, 4, 1))
    stream = stream_batches(with_bad, [[0, 1], [2, 12], [3, 4]], workers=workers)
    assert values([next(stream)]) == [[0, 1]]
    with pytest.raises(DataError, match=r"bad\.png: expected an image, got an empty file"):
        next(stream)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"indices": [0, 1]}, r"indices: expected integers of shape \(steps, B\), got int64"),
        ({"indices": [[0.0]]}, r"indices: expected integers .* got float64"),
        ({"indices": [[12]]}, "indices: expected 0 to 11, got values from 12 to 12"),
        ({"indices": [[-1]]}, "indices: expected 0 to 11"),
        ({"start": 10}, "start: expected 0 to 9, got 10"),
        ({"start": -1}, "start: expected 0 to 9"),
        ({"workers": 0}, "workers: expected at least 1"),
        ({"ahead": 0}, "ahead: expected at least 1"),
        ({"shard": (2, 2)}, "shard: expected"),
        ({"shard": (0, 3)}, "shard: expected batches that 3 processes can share"),
    ],
)
def test_bad_arguments_are_told_at_once(files, change, message):
    with pytest.raises(ValueError, match=message):
        stream_batches(files, **{"indices": INDICES, **change})
