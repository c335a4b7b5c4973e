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
