"""`lock_folder`: keep other processes out of a run's folder while one writes to it."""

import errno
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from jaxcnn._support.files import local_path
from jaxcnn._support.json_texts import parse_json
from jaxcnn._support.warn import warn

LOCK = ".lock"
"""The file of the lock, which is there only while a process holds it, or after one was killed."""

CAN_MOVE_OPEN_FILES = os.name != "nt"
"""Elsewhere than on Windows: there, a file that is open can be neither moved nor removed."""

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
_TRIES = 3
"""A process that only asks who holds a lock holds it itself for some microseconds."""


class FolderInUseError(OSError):
    """Raised when another process uses the folder of a run."""


@contextmanager
def lock_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Lock a run's folder, so that no other process can lock it at the same time.

    Use it around all code that writes to the folder, and start the block before the first
    computation. The lock ends with the block or with the process, even if the process is killed.
    The lock is a lock of the operating system (`fcntl.flock`; `msvcrt.locking` on Windows) on the
    file ``.lock`` in the folder. This file holds the process number, the host and the time.
    Processes that this process forks keep the lock, too.

    Args:
        folder: The folder of the run. The folder is created if it does not exist.

    Returns:
        A context manager. The value of the ``with`` statement is the folder's path.

    Raises:
        FolderInUseError: If another process, or another block of this process, holds the lock. The
            message says which.
        NotADirectoryError: If `folder` is a file.
        OSError: If the folder cannot be created or written to.
        ValueError: If the folder is an address such as ``gs://bucket``.

    Example::

        with jaxcnn.runs.lock_folder("runs/mine") as path:
            run = jaxcnn.fit(net, data.train, checkpoints=path / "checkpoints")
    """
    path = local_path("folder", folder)
    descriptor = _acquire(make_folder(path))
    try:
        _sign(descriptor)
        yield path
    finally:
        _release(path / LOCK, descriptor)


def lock_holder(folder: Path) -> str | None:
    """Say in words which process holds the lock of a folder; None if nobody does."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return None
    try:
        return _holder(descriptor) if _try(descriptor) is False else None
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> Path:
    """Create a folder and those above it, unless it is there.

    Raises:
        NotADirectoryError: If it is a file.
        OSError: If it cannot be created.
    """
    if path.is_dir():
        return path
    if path.exists():
        raise NotADirectoryError(f"{path}: expected a folder, got a file")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (PermissionError, NotADirectoryError) as error:
        raise not_writable(path, error) from None
    return path


def not_writable(path: Path, error: OSError) -> OSError:
    """Return the error of a folder that cannot be written to."""
    return type(error)(f"{path}: expected a folder that can be written to ({error.strerror})")


def _acquire(path: Path) -> int:
    file = path / LOCK
    while True:
        try:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            descriptor = os.open(file, flags, 0o666)
        except PermissionError as error:
            raise not_writable(path, error) from None
        try:
            if not _try_again(descriptor):
                raise FolderInUseError(
                    f"{path}: expected a folder that no other process uses, got one that "
                    f"{_holder(descriptor)}"
                )
            if _is_file(file, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its last holder removed the file meanwhile


def _try_again(descriptor: int) -> bool:
    for attempt in range(_TRIES):
        taken = _try(descriptor)
        if taken is None:
            warn(
                f"{LOCK}: expected a file system with locks, got one without; two processes that "
                "write to one folder would not notice each other",
            )
        if taken is not False:
            return True
        time.sleep(0.01 * (attempt + 1))
    return False


def _try(descriptor: int) -> bool | None:
    """Take the lock if it is free; return whether it was, or None if there are no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            # A locked byte cannot be read, so it lies far behind the text.
            os.lseek(descriptor, 1 << 30, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return None if error.errno in _NO_LOCKS else False
    return True


def _is_file(file: Path, descriptor: int) -> bool:
    """Return whether a path still leads to an open file."""
    try:
        return os.path.samestat(file.stat(), os.fstat(descriptor))
    except OSError:
        return False


def _sign(descriptor: int) -> None:
    who = {
        "pid": os.getpid(),
        "host": platform.node(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, json.dumps(who).encode())


def _holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        who = parse_json(os.read(descriptor, 1000))
        pid, host, since = int(who["pid"]), ascii(who["host"])[1:-1], ascii(who["since"])[1:-1]
    except (KeyError, OSError, TypeError, ValueError):  # it has only just been locked
        return "another process uses"
    return f"process {pid} on host {host:.60} has used since {since:.40}"


def _release(file: Path, descriptor: int) -> None:
    with suppress(OSError):  # before it is closed, so that nobody else's lock is removed
        if _is_file(file, descriptor):
            file.unlink()
    os.close(descriptor)
    if not CAN_MOVE_OPEN_FILES:
        with suppress(OSError):  # in use: another process has opened it since
            file.unlink()
