"""Checkpoints on disk: in which order they are written and removed, and which ones are believed."""

import os
import shutil

import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn._support.manifest import MANIFEST
from jaxcnn._support.replaced import checkpoint_path
from jaxcnn.training import CheckpointError, Checkpoints
from jaxcnn.training.checkpoints import _store
from jaxcnn.training.checkpoints._store import CheckpointStore, checkpoint_numbers

ARRAYS = {"state.kernel": jnp.arange(6.0)}


def saved(folder, *numbers, keep=9, monitored=None):
    store = CheckpointStore(Checkpoints(folder, keep=keep), -1)
    for number in numbers:
        store.save(number, ARRAYS, {"number": number}, monitored)
    store.wait()
    store.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Checkpoints after steps 5 and 10."""
    path = tmp_path_factory.mktemp("saved")
    saved(path, 5, 10)
    return path


def test_the_old_checkpoint_is_removed_when_the_new_one_is_on_disk(tmp_path, monkeypatch):
    saved(tmp_path, 5, keep=1)
    synced, original = [], _store.sync

    def sync(path):
        synced.append((path, checkpoint_numbers(tmp_path)))
        original(path)

    monkeypatch.setattr(_store, "sync", sync)
    saved(tmp_path, 10, keep=1)
    assert synced == [(tmp_path, [5, 10])]
    assert checkpoint_numbers(tmp_path) == [10]


def test_the_newest_without_a_manifest_is_removed_if_the_one_before_is_whole(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "saved")
    (copy / "10" / MANIFEST).unlink()
    store = CheckpointStore(Checkpoints(copy), -1)
    assert store.numbers == checkpoint_numbers(copy) == [5]
    (copy / "5" / MANIFEST).unlink()
    store = CheckpointStore(Checkpoints(copy), -1)
    assert store.numbers == [5]
    np.testing.assert_array_equal(store.read_arrays(5, ARRAYS)["state.kernel"], np.arange(6.0))
    assert (copy / "5" / MANIFEST).exists()


@pytest.mark.parametrize("error", [MemoryError("too little"), PermissionError("not yours")])
def test_faults_of_the_machine_are_not_called_damage(error, folder, monkeypatch):
    def fails(*_):
        raise error

    monkeypatch.setattr(_store.ocp, "load_checkpointables", fails)
    monkeypatch.setattr(_store.ocp, "checkpointables_metadata", fails)
    with pytest.raises(type(error), match=str(error)):
        _store.read_arrays(folder / "10", ARRAYS)
    with pytest.raises(type(error), match=str(error)):
        _store.read_record(folder / "10")


def test_files_that_are_missing_are_damage(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "saved")
    for name in (MANIFEST, os.path.join("arrays", "manifest.ocdbt")):
        (copy / "10" / name).unlink()
    with pytest.raises(CheckpointError, match="got a damaged one"):
        _store.read_arrays(copy / "10", ARRAYS)
    shutil.rmtree(copy / "10" / "arrays")
    with pytest.raises(CheckpointError, match="got a damaged one"):
        _store.read_arrays(copy / "10", ARRAYS)
    (copy / "10" / "_CHECKPOINT_METADATA").unlink()
    with pytest.raises(CheckpointError, match="got a damaged one"):
        _store.read_record(copy / "10")


def test_a_checkpoint_is_replaced(tmp_path):
    saved(tmp_path, 5, 10)
    saved(tmp_path, 10, keep=1, monitored=0.5)
    assert checkpoint_numbers(tmp_path) == [10]


def test_a_checkpoint_stays_until_the_one_that_replaces_it_is_whole(folder, tmp_path, monkeypatch):
    copy, whole = shutil.copytree(folder, tmp_path / "saved"), []

    def killed(*_):
        whole.append(sorted(path.name for path in copy.iterdir() if (path / MANIFEST).exists()))
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(_store, "write_manifest", killed)
        with pytest.raises(OSError, match=r"step 10 could not be saved .* before it are whole"):
            saved(copy, 10)
    assert whole == [["10.replaced", "5"]]
    store = CheckpointStore(Checkpoints(copy), -1)
    assert store.numbers == checkpoint_numbers(copy) == [5, 10]
    np.testing.assert_array_equal(store.read_arrays(10, ARRAYS)["state.kernel"], np.arange(6.0))
    assert sorted(path.name for path in copy.iterdir()) == ["10", "5"]


def test_a_kill_after_the_new_one_is_whole_leaves_the_new_one(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "saved")
    (copy / "10.replaced").mkdir()
    assert CheckpointStore(Checkpoints(copy), -1).numbers == [5, 10]
    assert not (copy / "10.replaced").exists()


def test_a_checkpoint_that_a_power_failure_damaged_is_not_the_one_that_stays(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "saved")
    shutil.copytree(copy / "10", copy / "10.replaced")
    (copy / "10" / "_CHECKPOINT_METADATA").write_bytes(b"")
    assert _store.read_record(checkpoint_path(copy, 10)) == {"number": 10}
    assert CheckpointStore(Checkpoints(copy), -1).read_record(10) == {"number": 10}
    assert sorted(path.name for path in copy.iterdir()) == ["10", "5"]


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_a_full_disk_is_one_error_without_traces_of_threads(tmp_path, caplog):
    import resource

    size = resource.RLIMIT_FSIZE
    before = resource.getrlimit(size)
    arrays = {"noise": jnp.asarray(np.random.default_rng(0).normal(size=(200, 200)))}
    store = CheckpointStore(Checkpoints(tmp_path), -1)
    resource.setrlimit(size, (50_000, before[1]))
    try:
        store.save(5, arrays, {})
        with pytest.raises(OSError, match=r"step 5 could not be saved .* there is none before it"):
            store.wait()
        store.close()
    finally:
        resource.setrlimit(size, before)
    assert [record.levelname for record in caplog.records if record.exc_info] == []
