import errno
import json
import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from jaxcnn._support.files import (
    local_path,
    remove_partial_files,
    sync,
    sync_tree,
    write_json,
    write_whole,
)


@pytest.mark.parametrize("given", ["gs://b/run", Path("gs://b/run"), "s3://b", "hdfs://b/a:/c"])
def test_an_address_is_no_folder(given):
    with pytest.raises(ValueError, match=r"out: expected a local or shared folder, got '\w+://b"):
        local_path("out", given)


@pytest.mark.parametrize("given", ["run", "a:b/c", "./gs://b", "/gs:/b", "C:/run", "C:\\run", ""])
def test_other_paths_are_folders(given):
    assert local_path("out", given) == Path(given)


def test_a_file_is_written_from_bytes_or_by_a_function(tmp_path):
    write_whole(tmp_path / "a", b"one")
    write_whole(tmp_path / "b", lambda file: file.write(b"two"))
    assert (tmp_path / "a").read_bytes() == b"one"
    assert (tmp_path / "b").read_bytes() == b"two"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    write_whole(tmp_path / "a", b"old")

    def fail(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a", fail)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_others_may_read_what_the_user_lets_them(tmp_path):
    mask = os.umask(0o022)
    try:
        write_whole(tmp_path / "a", b"")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o644


def test_json_has_no_numbers_that_it_lacks(tmp_path):
    write_json(tmp_path / "a.json", {"loss": [float("nan"), (1.0, float("inf"))]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"loss": [None, [1.0, None]]}


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, r"a: expected space for a file of 3 bytes, got none \(No space left"),
        (errno.EACCES, r"a: expected a file that can be written \(Permission denied"),
    ],
)
def test_an_error_of_the_disk_names_the_file(tmp_path, monkeypatch, number, message):
    def fail(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match=message) as caught:
        write_whole(tmp_path / "a", b"one")
    assert caught.value.errno == number
    assert not [*tmp_path.iterdir()]


def test_a_file_and_the_name_of_it_are_synced(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("os.fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    write_whole(tmp_path / "a", b"one")
    assert synced == [(tmp_path / "a").stat().st_ino, tmp_path.stat().st_ino]
    (tmp_path / "b").mkdir()
    synced.clear()
    sync_tree(tmp_path)
    assert set(synced) == {path.stat().st_ino for path in (tmp_path, *tmp_path.iterdir())}


@pytest.mark.parametrize("has_it", [True, False])
def test_on_macos_the_disk_itself_is_waited_for(tmp_path, monkeypatch, has_it):
    done = []

    def control(_, command):
        if not has_it:
            raise OSError(errno.ENOTSUP, "Operation not supported")
        done.append(command)

    fake = SimpleNamespace(F_FULLFSYNC=51, fcntl=control)
    monkeypatch.setitem(sys.modules, "fcntl", fake)
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("os.fsync", lambda _: done.append("fsync"))
    write_whole(tmp_path / "a", b"one")
    assert done == ([51, 51] if has_it else ["fsync", "fsync"])


def test_what_a_killed_process_left_is_removed(tmp_path):
    kept = [".a.partial", "a.0123abcd.partial", ".a.0123abcd.partial.txt", "a"]
    for name in (*kept, ".status.json.0123abcd.partial"):
        (tmp_path / name).touch()
    (tmp_path / ".run.0123abcd.partial").mkdir()  # a folder that `Run.save` builds
    remove_partial_files(tmp_path)
    found = {path.name for path in tmp_path.iterdir()}
    assert found == {*kept, ".run.0123abcd.partial"}


def test_a_folder_that_cannot_be_synced(tmp_path, monkeypatch):
    tried = []

    def fail(descriptor):
        tried.append(descriptor)
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr("os.fsync", fail)
    sync(tmp_path)
    assert len(tried) == 1
