"""Files that are written completely or not at all, and JSON that any reader accepts."""

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from jaxcnn._support.results import as_plain


def write_whole(path: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Write a file so that readers never see an incomplete one, even after a power failure.

    The content is written to a temporary file in the same folder, which then replaces the file in
    one step. Several processes may therefore write the same file at the same time. If an error
    occurs, an older file stays unchanged.

    Args:
        path: Path of the file, in an existing folder.
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
    """Write a JSON file, completely or not at all; numbers that are not finite become null."""
    write_whole(path, (to_json(content, indent=1) + "\n").encode())


def to_json(content: Any, *, indent: int | None = None) -> str:
    """Return the JSON text of what `as_plain` makes of the content."""
    return json.dumps(as_plain(content), indent=indent, allow_nan=False)


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file; return an empty one if there is no file.

    Raises:
        ValueError: If the file contains anything else; the message names it.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (RecursionError, ValueError) as error:
        raise ValueError(f"{path}: expected JSON, got a file with a fault ({error})") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected a JSON object, got {type(content).__name__}")
    return content
