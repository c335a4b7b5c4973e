"""JSON and other small files that may come from anyone: limits on size, depth and numbers.

All JSON that jaxcnn reads goes through `parse_json`. A file of at most `MAX_BYTES` takes at most
about 512 MiB while it is read.
"""

import json
import math
import os
import re
import stat
from pathlib import Path
from typing import Any, BinaryIO, Literal

from jaxcnn._support.texts import readable

MAX_BYTES = 2**25
"""In one file, 32 MiB: a thousand times a usual one."""
MAX_DEPTH = 100
"""Nested lists and objects. Python's own limit depends on the caller."""
MAX_VALUES = 2_000_000
MAX_DIGITS = 300
"""In an integer. All of them can be converted to floats."""

_TEXTS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


class TooDeepError(ValueError):
    """A JSON text has more than `MAX_DEPTH` nested lists and objects."""


class NoJsonError(ValueError):
    """A text is not JSON; `fault` says where not, in Python's words."""

    def __init__(self, fault: str) -> None:
        super().__init__(f"expected JSON, got a text with a fault ({fault})")
        self.fault = fault


def parse_json(text: str | bytes, **hooks: Any) -> Any:
    """Parse JSON in limited time and memory.

    Keys that occur twice and numbers that are not finite are refused, unless hooks accept them.

    Args:
        text: The text; bytes are UTF-8.
        hooks: As in `json.loads`, such as `parse_float`.

    Raises:
        ValueError: If the text is not JSON, or exceeds a limit. The message begins with "expected".

    Example:
        >>> parse_json('{"loss": [0.5, null]}')
        {'loss': [0.5, None]}
        >>> parse_json('{"loss": NaN}')
        Traceback (most recent call last):
            ...
        ValueError: expected finite numbers, got NaN
    """
    if len(text) > MAX_BYTES:
        raise ValueError(f"expected at most {MAX_BYTES:,} bytes of JSON, got {len(text):,}")
    try:
        text = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise ValueError(
            f"expected JSON in UTF-8, got byte {text[error.start]:#x} at {error.start}"
        ) from None
    _check_structure(text)
    try:
        return json.loads(text, **{**_HOOKS, **hooks})
    except json.JSONDecodeError as error:
        raise NoJsonError(str(error)) from None
    except RecursionError:  # the caller was at Python's limit already
        raise TooDeepError("expected JSON of less depth than Python's stack has left") from None


def _check_structure(text: str) -> None:
    """Raise unless the number of values and the depth are within the limits."""
    outside = _TEXTS.sub("", text)
    opening = outside.count("[") + outside.count("{")
    if (values := opening + outside.count(",")) > MAX_VALUES:
        raise ValueError(f"expected at most {MAX_VALUES:,} values, got {values:,}")
    if opening <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKETS.finditer(outside):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > MAX_DEPTH:
            raise TooDeepError(f"expected at most {MAX_DEPTH} nested lists and objects, got more")
        if depth < 0:
            return  # not JSON, as the parser will say


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen = set()
        again = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ValueError(f"expected each key once, got {again!a:.80} twice")
    return found


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"expected at most {MAX_DIGITS} digits, got {len(text):,}")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"expected numbers in the range of floats, got {text:.60}")
    return number


def _refuse_constant(name: str) -> float:
    raise ValueError(f"expected finite numbers, got {name}")


_HOOKS: dict[str, Any] = {
    "object_pairs_hook": _without_duplicates,
    "parse_int": _integer,
    "parse_float": _float,
    "parse_constant": _refuse_constant,
}


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is not a regular file, not JSON, or exceeds a limit; the message names it.
    """
    content = read_limited(path, MAX_BYTES)
    try:
        return parse_json(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """Read a text file in UTF-8.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is not a regular file, too large, or not UTF-8; the message names it.
    """
    content = read_limited(path, max_bytes)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: expected text in UTF-8, got byte {content[error.start]:#x} at {error.start}"
        ) from None


def read_limited(path: str | os.PathLike[str], max_bytes: int) -> bytes:
    """Read a regular file of limited size.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is not a regular file, or too large; the message names it.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        # Files of the system have more than they say.
        content = file.read(size + 1) if size <= max_bytes else b""
        content += file.read(max_bytes - size) if len(content) > size else b""
    if max(size, len(content)) > max_bytes:
        raise ValueError(f"{_shown(path)}: expected at most {max_bytes:,} bytes, got more")
    return content


def open_regular(
    path: str | os.PathLike[str], mode: Literal["rb", "a+b"] = "rb", flags: int = os.O_RDONLY
) -> BinaryIO:
    """Open a file to read its bytes, unless reading could wait or never end, as for a pipe.

    Args:
        path: The file.
        mode: As in `open`, but it does not create the file.
        flags: As in `os.open`. They must allow what `mode` does.

    Raises:
        IsADirectoryError: If it is a folder.
        OSError: If it cannot be opened.
        ValueError: If it is neither a file nor a folder; the message names it.
    """
    # Without this flag, opening a named pipe waits for a writer.
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | _BINARY, 0o666)
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return os.fdopen(descriptor, mode)
    os.close(descriptor)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(f"{_shown(path)}: expected a file, got a folder")
    raise ValueError(f"{_shown(path)}: expected a regular file, got a pipe or a device")


def _shown(path: str | os.PathLike[str]) -> str:
    return readable(os.fspath(path))


_BINARY = getattr(os, "O_BINARY", 0)
