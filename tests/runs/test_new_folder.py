"""A run's folder is whole or not there, whatever fails while it is saved."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import saved_runs
from faults import Faults, injected

import jaxcnn
from jaxcnn.runs import FolderInUseError, lock_folder


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def run():
    return saved_runs.run()


@pytest.fixture(scope="module")
def whole(run, tmp_path_factory):
    folder = run.save(tmp_path_factory.mktemp("whole") / "run")
    assert jaxcnn.load(folder).settings == run.settings
    return files(folder)


@pytest.fixture
def memory():
    """A folder in memory, if the system has such: a disk is slow when files are replaced."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


@pytest.mark.thorough
@pytest.mark.parametrize("stays", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("exists", [False, True], ids=["new", "empty"])
def test_a_save_whose_nth_call_fails(run, whole, memory, stays, exists):
    """Each n: afterwards the folder is whole, or not there and can be saved to again."""
    with injected(Faults()) as counted:
        run.save(memory / "counted")
    shutil.rmtree(memory / "counted")
    found = {"whole": 0, "unseen": 0}
    for at in range(1, counted.calls + 1):
        folder = memory / "run"
        if exists:
            folder.mkdir()
        with pytest.raises(OSError, match=r"run|No space left"), injected(Faults(at, stays=stays)):
            run.save(folder)
        if folder.exists() and [*folder.iterdir()]:
            found["whole"] += 1
        else:
            found["unseen"] += 1
            assert folder.exists() == exists
            assert stays or len([*memory.iterdir()]) == exists
            with injected(Faults()):
                run.save(folder)
        assert files(folder) == whole
        assert [path.name for path in memory.iterdir()] == ["run"]
        shutil.rmtree(folder)
    # Once it is renamed, only its own name remains to be synced.
    assert found == {"whole": 2, "unseen": counted.calls - 2}
    assert counted.calls > 60


@pytest.mark.slow  # calls that fail in this process leave the same folders
def test_a_save_that_is_killed_at_the_nth_call_or_fills_the_disk(memory):
    program = Path(__file__).parents[1] / "killed_saves.py"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", program, memory],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert not found["bad"]
    assert found["unseen"] + found["whole"] == found["calls"] > 60
    assert found["whole"] == 4  # the names of the folder and of a new one above it are synced last
    assert found["filled"] >= 15


def test_the_current_folder_is_written_in_place(run, whole, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match="No space left"), injected(Faults(20)):
        run.save(".")
    assert not [*tmp_path.iterdir()]
    assert run.save(".") == Path()
    assert files(Path()) == whole


def test_a_link_to_an_empty_folder(run, whole, tmp_path):
    (tmp_path / "real").mkdir(mode=0o750)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert run.save(tmp_path / "link") == tmp_path / "link"
    assert files(tmp_path / "real") == whole
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "link").is_symlink()


def test_a_folder_that_another_process_fills_meanwhile(run, tmp_path, monkeypatch):
    from jaxcnn.runs import _new_folder

    def fill(_):
        (tmp_path / "run").mkdir(exist_ok=True)
        (tmp_path / "run" / "network.json").write_text("{}")

    monkeypatch.setattr(_new_folder, "sync_tree", fill)
    with pytest.raises(FileExistsError, match="run: expected a new folder or an empty one"):
        run.save(tmp_path / "run")
    assert files(tmp_path / "run") == {"network.json": b"{}"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_folder_in_use_is_refused_and_an_old_lock_removed(run, whole, tmp_path):
    with lock_folder(tmp_path / "run"), pytest.raises(FolderInUseError, match="no other process"):
        run.save(tmp_path / "run")
    (tmp_path / "run" / ".lock").write_text("{}")
    assert files(run.save(tmp_path / "run")) == whole


def test_another_save_to_the_same_name_is_left_alone(run, tmp_path):
    for name in (".run.0123.partial", ".run.4567.partial", ".runs.0123.partial"):
        (tmp_path / name).mkdir()
    with lock_folder(tmp_path / ".run.4567.partial"):
        run.save(tmp_path / "run")
    assert {path.name for path in tmp_path.iterdir()} == {
        *("run", ".run.4567.partial", ".runs.0123.partial")
    }


def test_names_of_any_length(run, whole, tmp_path):
    assert files(run.save(tmp_path / ("ü" * 120))) == whole


def test_an_address_is_no_folder(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for write in (run.save, jaxcnn.runs.claim, jaxcnn.load):
        with pytest.raises(ValueError, match="folder: expected a local or shared folder, got 'gs:"):
            write("gs://bucket/run")
    assert not [*tmp_path.iterdir()]
