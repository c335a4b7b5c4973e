"""A folder's manifest: the size and checksum of each of its files, so that damage is noticed."""

import hashlib
import json
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from jaxcnn._support.files import is_of_system, read_json_object, write_json
from jaxcnn._support.texts import likewise

MANIFEST = "manifest.json"
"""The manifest's own file."""
VERSION = 1


class IncompleteError(ValueError):
    """The files of a folder were never completed, or are just being written."""


def write_manifest(folder: Path, names: Collection[str] | None = None) -> None:
    """Write the manifest of a folder, when all its files are complete.

    Args:
        folder: The folder.
        names: Files that it may have; others are not part of the manifest. None: all files in it
            and in its subfolders, except those that systems create unasked.
    """
    files = {name: _entry(folder / name) for name in sorted(_names(folder, names))}
    _write(folder, {"version": VERSION, "complete": True, "files": files})


def mark_incomplete(folder: Path) -> None:
    """Replace the manifest of a folder by one that says that its files are being written."""
    _write(folder, {"version": VERSION, "complete": False, "files": {}})


def is_incomplete(folder: Path) -> bool:
    """Return whether the manifest of a folder says that its files are being written.

    Raises:
        ValueError: If the manifest is damaged.
    """
    try:
        if (folder / MANIFEST).exists():
            read_manifest(folder)
    except IncompleteError:
        return True
    return False


def check_manifest(folder: Path, names: Collection[str] | None = None) -> bool:
    """Raise ValueError unless the files of a folder are those of its manifest.

    Without a manifest nothing is checked: it is written last, so a process that was killed just
    before may have left a whole folder without one.

    Args:
        folder: The folder.
        names: As in `write_manifest`.

    Returns:
        Whether there is a manifest.

    Raises:
        IncompleteError: If its files are being written, or never were completed.
        ValueError: If a file differs, is missing or is not in the manifest; the message names it.
    """
    if not (folder / MANIFEST).exists():
        return False
    faults = manifest_faults(folder, names)
    if faults:
        name, fault = next(iter(faults.items()))
        more = likewise(list(faults)[1:])
        hint = f" (or {folder / MANIFEST} is that of another folder)" if more else ""
        raise ValueError(f"{folder / name}: {fault}{more}{hint}")
    return True


def manifest_faults(folder: Path, names: Collection[str] | None = None) -> dict[str, str]:
    """Return the fault of each file that differs from a folder's manifest, by name.

    Args:
        folder: The folder, with a manifest.
        names: As in `write_manifest`.

    Raises:
        IncompleteError: If its files are being written, or never were completed.
        ValueError: If the manifest itself is damaged.
    """
    expected = read_manifest(folder)
    faults = {name: _fault(folder / name, entry) for name, entry in expected.items()}
    found = {name: fault for name, fault in faults.items() if fault}
    unknown = sorted(set(_names(folder, names)) - expected.keys())
    return found | dict.fromkeys(unknown, "expected no such file, got one that was not saved here")


def read_manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the size and checksum of each file in a folder's manifest, by name.

    Raises:
        IncompleteError: If its files are being written, or never were completed.
        ValueError: If the manifest itself is damaged.
    """
    path = folder / MANIFEST
    content = read_json_object(path)
    files = content.get("files")
    if content.pop("checksum", None) != _checksum(content) or not isinstance(files, dict):
        raise ValueError(f"{path}: expected the manifest that was saved, got a damaged one")
    if type(content.get("version")) is not int or content["version"] != VERSION:
        raise ValueError(f"{path}: version: expected {VERSION}, got {content.get('version')!r:.60}")
    for name, entry in files.items():
        if not _is_entry(entry):
            raise ValueError(f"{path}: expected size and checksum per file, got {entry!a:.120}")
        if ".." in Path(name).parts or Path(name).is_absolute() or not name.isprintable():
            raise ValueError(f"{path}: expected files within the folder, got {name!a:.120}")
    if not content.get("complete"):
        raise IncompleteError(
            f"{folder}: expected complete files, got some that are being written, or whose writing "
            "was cut off"
        )
    return files


def _write(folder: Path, content: Mapping[str, Any]) -> None:
    write_json(folder / MANIFEST, {**content, "checksum": _checksum(content)})


def _checksum(content: Mapping[str, Any]) -> str:
    """Return a checksum of a manifest, which tells damage to it from damage to the files."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _names(folder: Path, names: Collection[str] | None) -> Iterator[str]:
    if names is not None:
        found = (name for name in names if os.path.lexists(folder / name))
        yield from (name for name in found if name != MANIFEST)
        return
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not is_of_system(name)]
        for name in files:
            path = Path(place, name).relative_to(folder).as_posix()
            if path != MANIFEST and not is_of_system(name):
                yield path


def _entry(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {
            "bytes": path.stat().st_size,
            "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
        }


def _is_entry(entry: Any) -> bool:
    has_both = isinstance(entry, dict) and entry.keys() == {"bytes", "sha256"}
    return has_both and type(entry["bytes"]) is int and isinstance(entry["sha256"], str)


def _fault(path: Path, entry: Mapping[str, Any]) -> str | None:
    """Return how a file differs from its entry in the manifest."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return "expected a file, got none"
    if not stat.S_ISREG(status.st_mode):
        return "expected a file, got a folder or a device"
    expected = entry["bytes"]
    if status.st_size != expected:
        return f"expected the {expected:,} bytes that were saved, got {status.st_size:,}"
    return None if _entry(path) == entry else "expected the bytes that were saved, got others"
