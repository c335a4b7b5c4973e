"""A folder's manifest: the size and checksum of each of its files, so that damage is noticed."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jaxcnn._support.files import read_json_object, write_json

MANIFEST = "manifest.json"
"""The manifest's own file."""


def write_manifest(folder: Path) -> None:
    """Write the manifest of a folder, with all files in it and in its subfolders."""
    files = {name: _entry(folder / name) for name in sorted(_names(folder))}
    write_json(folder / MANIFEST, {"version": 1, "files": files})


def check_manifest(folder: Path) -> None:
    """Raise ValueError unless the files of a folder are those of its manifest.

    Without a manifest nothing is checked: it is written last, so a process that was killed just
    before may have left a whole folder without one.
    """
    path = folder / MANIFEST
    if not path.exists():
        return
    expected = read_json_object(path).get("files")
    if not isinstance(expected, dict):
        raise ValueError(f"{path}: expected a manifest, got another JSON object")
    missing, unknown = expected.keys() - _names(folder), set(_names(folder)) - expected.keys()
    for names, what in ((missing, "a file, got none"), (unknown, "no such file")):
        if names:
            raise ValueError(f"{folder / min(names)}: expected {what}")
    for name, entry in expected.items():
        if _entry(folder / name) != entry:
            raise ValueError(f"{folder / name}: expected the bytes that were saved, got others")


def _names(folder: Path) -> Iterator[str]:
    for place, _, files in os.walk(folder):
        for name in files:
            path = Path(place, name).relative_to(folder).as_posix()
            if path != MANIFEST:
                yield path


def _entry(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {
            "bytes": path.stat().st_size,
            "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
        }
