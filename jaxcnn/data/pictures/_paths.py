"""The paths of many files, kept in a file instead of in memory."""

import os
import tempfile
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

import numpy as np

MANY = 50_000
"""So many paths stay in a file. In memory, each would take about 150 bytes."""

BLOCK = 1000
"""So many paths are read at once, if they are near each other."""

USUAL = 256
"""So many bytes are read for a path at first; it ends at a zero."""


class PathFile:
    """A temporary file of paths, which vanishes with the last object that uses it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the next line closes it
        weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()

    def add(self, paths: Iterable[str]) -> "PathsOnDisk":
        """Write paths to the file, and return them as a sequence that reads them from there."""
        content = [os.fsencode(path) + b"\0" for path in paths]
        ends = np.cumsum([0, *map(len, content)], dtype=np.int64)
        return self.refer(self.append(b"".join(content)) + ends[:-1])

    def refer(self, starts: np.ndarray) -> "PathsOnDisk":
        """Return the paths that begin at these places of the file as a sequence."""
        return PathsOnDisk(self, self.append(starts.tobytes()), len(starts))

    def append(self, content: bytes) -> int:
        """Write bytes to the end of the file, and return where they begin."""
        with self._lock:
            start = self._file.seek(0, os.SEEK_END)
            rest = memoryview(content)
            while rest:  # without a buffer, a call may write less
                rest = rest[self._file.write(rest) :]
            return start

    def read(self, start: int, size: int) -> bytes:
        """Return some bytes of the file; a forked process may read at the same time."""
        if hasattr(os, "pread"):  # not on Windows, which has no forks either
            # Forked processes share the position of the file, which this call does not use.
            return os.pread(self._file.fileno(), size, start)
        with self._lock:
            self._file.seek(start)
            return self._file.read(size)


class PathsOnDisk(Sequence[str]):
    """Paths in a temporary file, and beside them where each of them begins.

    Attributes:
        file: The file, which parts of the sequence share.
        table: Where the table of the beginnings begins, ``N`` integers of 8 bytes.
        number: The number of paths, ``N``.
    """

    def __init__(self, file: PathFile, table: int, number: int) -> None:
        self.file, self.table, self.number = file, table, number

    def take(self, places: np.ndarray) -> "PathsOnDisk":
        """Return the paths at these positions."""
        return self.file.refer(self.starts()[places])

    def starts(self, first: int = 0, number: int | None = None) -> np.ndarray:
        """Return where some of the paths begin in the file, by default all of them."""
        number = self.number if number is None else min(number, self.number - first)
        return np.frombuffer(self.file.read(self.table + 8 * first, 8 * number), np.int64)

    def __len__(self) -> int:
        return self.number

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...

    def __getitem__(self, index: Any) -> Any:
        places = range(self.number)[index]
        if not isinstance(index, slice):
            return self._read(int(self.starts(int(places), 1)[0]))
        if places.step != 1:
            return tuple(self[place] for place in places)
        return tuple(self._read_all(self.starts(places.start, len(places)).tolist()))

    def __iter__(self) -> Iterator[str]:
        for place in range(0, self.number, BLOCK):
            yield from self._read_all(self.starts(place, BLOCK).tolist())

    def _read_all(self, starts: list[int]) -> Iterator[str]:
        """Return the paths that begin at these places, which are read at once if they are near."""
        first, last = min(starts, default=0), max(starts, default=0)
        is_near = last - first < 8 * BLOCK * USUAL
        content = self.file.read(first, last - first + USUAL) if is_near else b""
        for start in starts:
            end = content.find(b"\0", start - first)
            yield self._read(start) if end < 0 else os.fsdecode(content[start - first : end])

    def _read(self, start: int) -> str:
        """Return the path that begins there."""
        size = USUAL
        while b"\0" not in (content := self.file.read(start, size)):
            size *= 2
        return os.fsdecode(content.partition(b"\0")[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return _write, (tuple(self),)

    def __repr__(self) -> str:
        return f"PathsOnDisk({self.number})"


def _write(paths: Iterable[str]) -> PathsOnDisk:
    return PathFile().add(paths)


def keep_paths(paths: Sequence[str | os.PathLike[str]]) -> Sequence[str]:
    """Return paths in little memory: as a tuple, or if there are many, in a file."""
    if len(paths) < MANY:
        return tuple(os.fspath(path) for path in paths)
    return paths if isinstance(paths, PathsOnDisk) else _write(os.fspath(path) for path in paths)


def take_paths(paths: Sequence[str], places: np.ndarray) -> Sequence[str]:
    """Return the paths at these positions."""
    if isinstance(paths, PathsOnDisk):
        return paths.take(places)
    return tuple(paths[int(place)] for place in places)


def join_paths(parts: Sequence[PathsOnDisk]) -> PathsOnDisk:
    """Return the paths of several sequences in one file, at least one, as one sequence."""
    return parts[0].file.refer(np.concatenate([part.starts() for part in parts]))
