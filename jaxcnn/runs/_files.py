"""Files that are there whole or not at all."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, then move it there in one step."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file."""
    write_whole(path, (to_json(content, indent=1) + "\n").encode())


def to_json(content: Any, *, indent: int | None = None) -> str:
    """JSON text; numbers that are not finite, which JSON lacks, become null."""
    return json.dumps(finite(content), indent=indent, allow_nan=False, default=str)


def finite(content: Any) -> Any:
    """The content with None for each number that is not finite."""
    if isinstance(content, Mapping):
        return {key: finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [finite(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content


def plain(content: Any) -> Any:
    """The content as JSON gives it back: lists for tuples, None for what is not finite."""
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
