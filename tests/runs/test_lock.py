"""One process per run folder, by a lock that ends with it."""

import errno
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jaxcnn.runs import FolderInUseError, claim, lock_folder
from jaxcnn.runs._lock import LOCK, lock_holder

HOLD = """
import fcntl, json, os, sys, time
descriptor = os.open(sys.argv[1] + "/.lock", os.O_RDWR | os.O_CREAT)
fcntl.flock(descriptor, fcntl.LOCK_EX)
who = {"pid": os.getpid(), "host": "h\\x1b[31m", "since": "2026-11-29T00:00:00+00:00"}
os.write(descriptor, json.dumps(who).encode())
print("held", flush=True)
time.sleep(60)
"""


def lock(folder):
    with lock_folder(folder):
        pass


def test_a_second_process_is_told_who_uses_the_folder(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            expected = (
                f"{tmp_path}: expected a folder that no other process uses, got one that process "
                f"{other.pid} on host h\\x1b[31m has used since 2026-11-29T00:00:00+00:00"
            )
            with (
                pytest.raises(FolderInUseError, match=f"^{re.escape(expected)}$"),
                lock_folder(tmp_path),
            ):
                pass
        finally:
            other.kill()
    assert (tmp_path / LOCK).exists()
    lock(tmp_path)  # the lock ended with its process
    assert not [*tmp_path.iterdir()]


def test_the_lock_says_who_holds_it_and_goes_away(tmp_path):
    with lock_folder(tmp_path / "a" / "b") as path:
        who = json.loads((path / LOCK).read_text())
        assert (who["pid"], who["host"]) == (os.getpid(), platform.node())
        assert (
            lock_holder(path)
            == f"process {os.getpid()} on host {who['host']} has used since " + who["since"]
        )
        with (
            pytest.raises(FolderInUseError, match=f"process {os.getpid()} on host"),
            lock_folder(path),
        ):
            pass
        assert claim(path) == path  # a lock does not make a folder another run's
    assert not [*path.iterdir()]
    assert lock_holder(path) is None


def test_the_lock_ends_with_an_error_too(tmp_path):
    with pytest.raises(KeyboardInterrupt), lock_folder(tmp_path):
        raise KeyboardInterrupt
    lock(tmp_path)


def test_the_lock_goes_away_where_an_open_file_cannot_be_removed(tmp_path, monkeypatch):
    def unlink(file):  # as on Windows
        if lock_holder(file.parent) is not None:
            raise PermissionError(errno.EACCES, "used by another process", str(file))
        os.unlink(file)

    monkeypatch.setattr("jaxcnn.runs._lock.CAN_MOVE_OPEN_FILES", False)
    monkeypatch.setattr(Path, "unlink", unlink)
    lock(tmp_path)
    assert not [*tmp_path.iterdir()]
    with lock_folder(tmp_path), pytest.raises(FolderInUseError):
        lock(tmp_path)
    assert not [*tmp_path.iterdir()]


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_again(tmp_path, monkeypatch):
    from jaxcnn.runs import _lock

    found = iter([False, True, True])
    monkeypatch.setattr(_lock, "_is_file", lambda *_: next(found))
    lock(tmp_path)
    assert next(found, None) is None  # asked twice to lock, and once to release


def test_a_lock_without_its_text(tmp_path):
    with lock_folder(tmp_path):
        (tmp_path / LOCK).write_text("")
        with (
            pytest.raises(FolderInUseError, match="got one that another process uses"),
            lock_folder(tmp_path),
        ):
            pass


def test_a_file_system_without_locks(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with (
        pytest.warns(UserWarning, match="expected a file system with locks") as caught,
        lock_folder(tmp_path),
    ):
        pass
    assert caught[0].filename == __file__
    assert lock_holder(tmp_path) is None


def test_what_cannot_be_locked(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(NotADirectoryError, match="got a file"):
        lock(tmp_path / "file")
    with (
        pytest.raises(NotADirectoryError, match="that can be written to"),
        lock_folder(tmp_path / "file" / "a"),
    ):
        pass
    (tmp_path / LOCK).symlink_to(tmp_path / "file")
    with pytest.raises(OSError, match="symbolic links"):
        lock(tmp_path)
    assert (tmp_path / "file").read_text() == "mine"
