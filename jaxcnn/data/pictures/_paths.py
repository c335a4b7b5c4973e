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
        self._lock, self._size = threading.Lock(), 0

    def add(self, paths: Iterable[str]) -> "PathsOnDisk":
        """Write paths to the file, and return them as a sequence that reads them from there."""
        content = [os.fsencode(path) + b"\0" for path in paths]
        ends = self._size + np.cumsum([0, *map(len, content)], dtype=np.int64)
        with self._lock:
            self._file.seek(self._size)
            self._file.write(b"".join(content))
        self._size = int(ends[-1])
        is_small = self._size < 2**32
        return PathsOnDisk(self, ends[:-1].astype(np.uint32 if is_small else np.int64))

    def read(self, start: int, size: int) -> bytes:
        """Return some bytes of the file."""
        with self._lock:
            self._file.seek(start)
            return self._file.read(size)


class PathsOnDisk(Sequence[str]):
    """Paths in a temporary file.

    Attributes:
        file: The file, which parts of the sequence share.
        starts: Where the paths begin in the file, ``(N,)``.
    """

    def __init__(self, file: PathFile, starts: np.ndarray) -> None:
        self.file, self.starts = file, starts

    def take(self, places: np.ndarray | slice) -> "PathsOnDisk":
        """Return the paths at these positions."""
        return PathsOnDisk(self.file, self.starts[places])

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> "PathsOnDisk": ...

    def __getitem__(self, index: Any) -> Any:
        return self.take(index) if isinstance(index, slice) else self._read(int(self.starts[index]))

    def __iter__(self) -> Iterator[str]:
        for place in range(0, len(self), BLOCK):
            starts = self.starts[place : place + BLOCK].tolist()
            first, size = min(starts), max(starts) - min(starts) + USUAL
            if size > 8 * BLOCK * USUAL:  # they were shuffled
                yield from map(self._read, starts)
                continue
            content = self.file.read(first, size)
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
        return f"PathsOnDisk({len(self)})"


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
    return PathsOnDisk(parts[0].file, np.concatenate([part.starts for part in parts]))
