"""Files that are written completely or not at all, and JSON that any reader accepts."""

import errno
import json
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from jaxcnn._support.json_texts import parse_json, read_json
from jaxcnn._support.results import as_plain

SYSTEM_FILES = {
    *("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"),
    *("$recycle.bin", "recycler", "system volume information", "lost+found"),
    *("@eadir", "@recycle", "@recently-snapshot", "#recycle", "#snapshot"),
}
"""What systems, network drives and archivers create, in lower case, besides hidden files."""
_HIDDEN_SYSTEM_FILES = (".ds_store", "._", ".directory", ".nfs", ".fuse_hidden", ".smbdelete")
"""The beginnings of their hidden files."""


def is_of_system(name: str) -> bool:
    """Return whether a system creates files of this name unasked.

    Example:
        >>> is_of_system(".DS_Store"), is_of_system("Thumbs.db"), is_of_system(".zarray")
        (True, True, False)
    """
    lower = name.lower()
    return lower in SYSTEM_FILES or lower.startswith(_HIDDEN_SYSTEM_FILES)


_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")
"""The beginning of an address such as ``gs://bucket/run``; `Path` makes ``gs:/`` of it."""


def local_path(name: str, path: str | os.PathLike[str], what: str = "folder") -> Path:
    """Return a path of this machine or of a shared disk, with the home folder in place of "~".

    An address of a bucket would silently become the path of a local folder named ``gs:``.

    Args:
        name: The argument's name.
        path: Its value.
        what: What is there.

    Raises:
        ValueError: If it is an address.

    Example:
        >>> local_path("out", "gs://bucket/run")
        Traceback (most recent call last):
        ValueError: out: expected a local or shared folder, got 'gs://bucket/run' (mount it first)
    """
    check_local(name, path, what)
    return Path(path).expanduser()


def check_local(name: str, path: str | os.PathLike[str], what: str = "folder") -> None:
    """Raise ValueError if a path is an address such as ``gs://bucket/run``; see `local_path`."""
    text = os.fspath(path)
    found = _ADDRESS.match(text) if isinstance(text, str) else None
    if found is not None:
        address = f"{found[1]}://{text[found.end() :].lstrip('/')}"
        is_hub = found[1] == "hf"
        hint = f"jaxcnn.load({address!r}).save(folder) makes one" if is_hub else "mount it first"
        raise ValueError(f"{name}: expected a local or shared {what}, got {address!r} ({hint})")


def write_whole(path: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Write a file so that readers never see an incomplete one, even after a power failure.

    The content is written to a temporary file in the same folder, which then replaces the file in
    one step. Several processes may therefore write the same file at the same time. If an error
    occurs, an older file stays unchanged.

    Args:
        path: Path of the file, in an existing folder.
        content: Its bytes, or a function that writes them to an open file.

    Raises:
        OSError: If it cannot be written; the message names it, and its size if the disk is full.
    """
    # Names have at most 255 bytes.
    partial = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.partial")
    size = 0
    try:
        with partial.open("xb") as file:
            if callable(content):
                content(file)
            else:
                size = len(content)
                file.write(content)
            file.flush()
            _sync(file.fileno())
        partial.replace(path)
        sync(path.parent)
    except OSError as error:
        _remove(partial)
        raise _named(error, path, size) from error
    except BaseException:
        _remove(partial)
        raise


_PARTIAL = re.compile(r"\..+\.[0-9a-f]{8}\.partial")


def remove_partial_files(folder: Path) -> None:
    """Remove the temporary files that `write_whole` left in a folder if its process was killed.

    Call it only while no other process writes to the folder.
    """
    for path in folder.iterdir():
        if _PARTIAL.fullmatch(path.name) and not path.is_dir():
            _remove(path)


def sync(path: Path) -> None:
    """Wait until a file, or the list of files of a folder, is on disk and survives a power failure.

    On Windows nothing happens: folders cannot be synced there, nor files that are open for reading.
    """
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _sync(descriptor)
    except OSError as error:
        if error.errno not in (
            errno.EINVAL,
            errno.EOPNOTSUPP,
        ):  # file systems that cannot sync folders
            raise
    finally:
        os.close(descriptor)


def _sync(descriptor: int) -> None:
    """Wait until an open file is on disk; on macOS, `fsync` only waits for the disk's memory."""
    if sys.platform == "darwin":
        import fcntl

        with suppress(OSError):  # file systems that do not have it, such as network drives
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def sync_tree(folder: Path) -> None:
    """Sync a folder, and all files and folders in it."""
    for place, _, files in os.walk(folder, topdown=False):
        for name in files:
            sync(Path(place, name))
        sync(Path(place))


def _remove(path: Path) -> None:
    with suppress(OSError):  # the first error is the one to report
        path.unlink(missing_ok=True)


def _named(error: OSError, path: Path, size: int) -> OSError:
    """Return the same error with the file's path, and its size if the disk is full."""
    if error.errno is None or not error.strerror:  # a message of our own
        return error
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        needed = f" of {size:,} bytes" if size else ""
        found = f"{path}: expected space for a file{needed}, got none ({error.strerror})"
    else:
        found = f"{path}: expected a file that can be written ({error.strerror})"
    named = type(error)(found)
    named.errno = error.errno
    return named


def links_out(folder: Path) -> Iterator[Path]:
    """Yield the links in a folder and its subfolders that lead out of it."""
    top = os.path.realpath(folder)
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(top):
                yield path


def check_links(folder: Path) -> None:
    """Raise ValueError if a folder has a link that leads out of it; the message names it."""
    for path in links_out(folder):
        raise ValueError(f"{path}: {LINK_OUT}")


LINK_OUT = (
    "expected a file of the folder, got a link that leads out of it (replace it by a copy of what "
    "it leads to)"
)


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file, completely or not at all; numbers that are not finite become null.

    Raises:
        ValueError: If `read_json` would refuse the file, for example because of its size.
    """
    text = to_json(content, indent=1) + "\n"
    try:
        parse_json(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    write_whole(path, text.encode())


def to_json(content: Any, *, indent: int | None = None) -> str:
    """Return the JSON text of what `as_plain` makes of the content."""
    return json.dumps(as_plain(content), indent=indent, allow_nan=False)


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file; return an empty one if there is no file.

    Raises:
        ValueError: If the file contains anything else; the message names it.
    """
    content = read_json(path) if os.path.lexists(path) else {}
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected a JSON object, got {type(content).__name__}")
    return content
