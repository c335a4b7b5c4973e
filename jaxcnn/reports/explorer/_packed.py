"""Arrays as text in the page: joined, deflated, and written in base64."""

import base64
import zlib
from typing import Any

import numpy as np

TYPES = ("float32", "int32", "uint8")
"""Dtypes that the page reads."""


class Packed:
    """Arrays that the page reads by their numbers, in the order in which they were added."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._index: list[tuple[str, int, int]] = []
        self._size = 0

    def add(self, array: np.ndarray) -> int:
        """Add an array, and return its number. The page reads it flat."""
        assert array.dtype.name in TYPES
        content = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        content += b"\0" * (-len(content) % 4)  # float32 arrays begin at multiples of 4
        self._index.append((array.dtype.name, self._size, array.size))
        self._parts.append(content)
        self._size += len(content)
        return len(self._index) - 1

    def as_json(self) -> dict[str, Any]:
        """Return the text and the index of the arrays, for JSON."""
        deflated = zlib.compress(b"".join(self._parts), 9)
        return {"index": self._index, "base64": base64.b64encode(deflated).decode()}
