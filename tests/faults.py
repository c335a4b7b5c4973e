"""A disk that fails, or a process that dies, at the n-th call that writes."""

import errno
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

CALLS = ("open", "write", "fsync", "rename", "replace", "mkdir")
"""Functions of `os` that are counted, besides `open` and the writes of its files."""
DELETIONS = ("unlink", "remove", "rmdir")
"""Functions of `os` that delete."""


class Faults:
    """Counts the calls that write, and makes one of them fail.

    Args:
        at: Number of the call that fails, from 1; None: none does.
        stays: Whether all later calls fail as well, also those that clean up.
        kills: Whether the process dies there, in place of an error.
    """

    def __init__(self, at: int | None = None, *, stays: bool = False, kills: bool = False) -> None:
        self.at, self.stays, self.kills = at, stays, kills
        self.calls = 0

    def check(self, half_done: Callable[[], object] = lambda: None) -> None:
        """Count a call; if it is the one that fails, do half of it first."""
        self.calls += 1
        if self.at is None or self.calls < self.at or (self.calls > self.at and not self.stays):
            return
        half_done()
        if self.kills:
            os._exit(9)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def checked(*arguments: Any, **options: Any) -> Any:
            self.check()
            return function(*arguments, **options)

        return checked

    def opened(self, *arguments: Any, **options: Any) -> Any:
        self.check()
        return _File(_OPEN(*arguments, **options), self)


_OPEN = io.open


class _File:
    """An open file whose writes are counted; of one that fails, half is written."""

    def __init__(self, file: Any, faults: Faults) -> None:
        self._file, self._faults = file, faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._file)

    def write(self, content: Any) -> int:
        def write_half() -> None:
            self._file.write(content[: len(content) // 2])
            self._file.flush()

        self._faults.check(write_half)
        return self._file.write(content)


@contextmanager
def injected(faults: Faults, calls: Sequence[str] = CALLS) -> Iterator[Faults]:
    """Put the faults in place of what writes to the disk."""
    functions = {name: getattr(os, name) for name in calls}
    functions["fsync"] = lambda _: None  # whose effect shows only when the power fails
    patches = [mock.patch(f"os.{name}", faults.before(each)) for name, each in functions.items()]
    patches += [mock.patch(name, faults.opened) for name in ("io.open", "builtins.open")]
    for patch in patches:
        patch.start()
    try:
        yield faults
    finally:
        for patch in patches:
            patch.stop()
