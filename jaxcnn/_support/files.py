"""Files that are written whole or not at all, and JSON that any reader takes."""

import json
import math
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO


def write_whole(path: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Write a file that is complete whenever it is seen, even after a loss of power.

    It is written beside its place and moved there in one step, so that other processes may write
    the same file at the same time. On any error an older file stays as it was.

    Args:
        path: Where the file goes; its folder exists.
        content: Its bytes, or a function that writes them to an open file.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file, whole or not at all; numbers that are not finite become null."""
    write_whole(path, (to_json(content, indent=1) + "\n").encode())


def to_json(content: Any, *, indent: int | None = None) -> str:
    """Return JSON text; numbers that are not finite, which JSON lacks, become null."""
    return json.dumps(finite(content), indent=indent, allow_nan=False, default=str)


def finite(content: Any) -> Any:
    """Return the content with None for each number that is not finite."""
    if isinstance(content, Mapping):
        return {key: finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [finite(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content


def plain(content: Any) -> Any:
    """Return the content as JSON gives it back: lists for tuples, None for what is not finite."""
    return json.loads(to_json(content))


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a JSON object; an empty one where the file is missing.

    Raises:
        ValueError: If the file holds something else; the message names it.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (RecursionError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected a JSON object")
    return content
