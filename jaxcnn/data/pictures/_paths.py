"""The paths of many files, kept in a file instead of in memory."""

import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

import numpy as np

MANY = 50_000
"""So many paths are kept in a file. In memory, each would take about 150 bytes."""

BLOCK = 1000
"""So many neighboring paths are read at once."""


class _Records:
    """Texts in a temporary file, which vanishes with this object.

    Each text is a record of the same size, so that any of them is read by one system call.

    Args:
        texts: The texts, at least one.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        names = [os.fsencode(text) for text in texts]
        first, last = min(names), max(names)
        places = range(min(len(first), len(last)))
        shared = next((n for n in places if first[n] != last[n]), len(places))
        self.prefix = first[:shared]  # of all: the others lie between them
        self.width = max(map(len, names)) - shared
        with tempfile.TemporaryFile() as file:
            file.writelines(name[shared:].ljust(self.width, b"\0") for name in names)
            file.flush()
            self.file = os.dup(file.fileno())
        weakref.finalize(self, os.close, self.file)

    def read(self, rows: np.ndarray) -> list[str]:
        """Return the texts in some rows, which are read from the first to the last by one call."""
        first = int(rows.min())
        size = (int(rows.max()) + 1 - first) * self.width
        content = os.pread(self.file, size, first * self.width)
        starts = ((rows - first) * self.width).tolist()
        records = (content[start : start + self.width].rstrip(b"\0") for start in starts)
        return [os.fsdecode(self.prefix + record) for record in records]


class PathsOnDisk(Sequence[str]):
    """Paths in a temporary file; parts of the sequence share it.

    Attributes:
        records: The file.
        rows: The records of this sequence, ``(N,)``.
    """

    def __init__(self, records: _Records, rows: np.ndarray) -> None:
        self.records, self.rows = records, rows

    @classmethod
    def write(cls, paths: Sequence[str]) -> "PathsOnDisk":
        """Write paths to a temporary file."""
        return cls(_Records(paths), np.arange(len(paths), dtype=np.int32))

    def take(self, rows: np.ndarray) -> "PathsOnDisk":
        """Return the paths at these positions."""
        return PathsOnDisk(self.records, self.rows[rows])

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> "PathsOnDisk": ...

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return PathsOnDisk(self.records, self.rows[index])
        return self.records.read(self.rows[[index]])[0]

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), BLOCK):
            rows = self.rows[start : start + BLOCK]
            if np.ptp(rows) < 8 * BLOCK:
                yield from self.records.read(rows)
            else:  # shuffled
                yield from (path for row in rows for path in self.records.read(row[None]))

    def __reduce__(self) -> tuple[Any, ...]:
        return PathsOnDisk.write, (tuple(self),)

    def __repr__(self) -> str:
        return f"PathsOnDisk({len(self)})"


def keep_paths(paths: Iterable[str | os.PathLike[str]]) -> Sequence[str]:
    """Return paths as a sequence that takes little memory, however many there are."""
    if isinstance(paths, PathsOnDisk):
        return paths
    found = tuple(os.fspath(path) for path in paths)
    # Without `pread`, as on Windows, threads could not read the same file.
    return PathsOnDisk.write(found) if len(found) >= MANY and hasattr(os, "pread") else found


def take_paths(paths: Sequence[str], rows: np.ndarray) -> Sequence[str]:
    """Return the paths at these positions."""
    if isinstance(paths, PathsOnDisk):
        return paths.take(rows)
    return tuple(paths[row] for row in rows.tolist())
