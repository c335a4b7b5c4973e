"""The paths of very many files are kept on disk, and are otherwise like a tuple."""

import os
import pickle
import tracemalloc

import numpy as np
import pytest

from jaxcnn.data import ImageFiles
from jaxcnn.data.pictures import _paths
from jaxcnn.data.pictures._paths import (
    MANY,
    USUAL,
    PathFile,
    PathsOnDisk,
    join_paths,
    keep_paths,
    take_paths,
)

NAMES = ["/data/a/1.png", "/data/a/10.png", "/data/ä/b", "/data/a/\udcff.png", "/data/"]


def test_paths_are_read_as_they_were_written():
    kept = PathFile().add(NAMES)
    assert [*kept] == NAMES
    assert (len(kept), kept[-1], kept[1]) == (5, NAMES[-1], NAMES[1])
    assert kept[1::2] == tuple(NAMES[1::2])
    assert [*kept.take(np.array([3, 0, 3]))] == [NAMES[3], NAMES[0], NAMES[3]]
    assert [*pickle.loads(pickle.dumps(kept))] == NAMES
    with pytest.raises(IndexError):
        kept[5]


def test_paths_in_any_order_are_read_block_by_block():
    names = [f"{n % 7}/{n}.png" for n in range(20_000)]
    kept = PathFile().add(names)
    assert [*kept] == names
    order = np.random.default_rng(0).permutation(20_000)[:2500]
    assert [*kept.take(order)] == [names[i] for i in order]
    chosen = np.flatnonzero(order.repeat(8) % 3)
    assert [*kept.take(chosen)] == [names[i] for i in chosen]


def test_long_paths_and_several_additions():
    file = PathFile()
    names = [f"{n}" * n for n in (1, USUAL, 5 * USUAL)]
    parts = [file.add(names), file.add([]), file.add(NAMES)]
    assert [*join_paths(parts)] == names + NAMES
    assert parts[0][2] == names[2]


@pytest.mark.skipif(not hasattr(os, "pread"), reason="such a system has no forks")
def test_reading_does_not_move_the_position_that_forked_processes_share():
    kept = PathFile().add(NAMES)
    forked = os.dup(kept.file._file.fileno())
    try:
        os.lseek(forked, 3, os.SEEK_SET)
        assert (kept[2], [*kept]) == (NAMES[2], NAMES)
        assert os.lseek(forked, 0, os.SEEK_CUR) == 3
    finally:
        os.close(forked)


def test_few_paths_are_a_tuple():
    assert keep_paths(NAMES) == tuple(NAMES)
    assert take_paths(tuple(NAMES), np.array([2, 0])) == (NAMES[2], NAMES[0])


def test_files_of_many_paths_are_like_those_of_few(monkeypatch):
    labels = [0, 1, 0, 1, 0]
    few = ImageFiles(NAMES, labels, ("a", "b"), (4, 4, 1))
    monkeypatch.setattr(_paths, "MANY", 2)
    many = ImageFiles(NAMES, labels, ("a", "b"), (4, 4, 1))
    assert isinstance(many.paths, PathsOnDisk)
    chosen = np.array([True, False, False, True, True])
    assert [*many.subset(chosen).paths] == [NAMES[0], NAMES[3], NAMES[4]]
    for one, other in zip(many.split(0.4), few.split(0.4), strict=True):
        assert [*one.paths] == [*other.paths]
    assert tuple(many.match_classes(("b", "a")).paths) == few.paths


def test_many_paths_take_no_memory():
    names = [f"/home/somebody/pictures/train/{n:07}.jpeg" for n in range(MANY)]
    tracemalloc.start()
    kept = keep_paths(names)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept[77] == names[77]
    assert held < 10_000
