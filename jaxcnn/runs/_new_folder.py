"""`new_folder`: a run's folder that appears whole, or not at all."""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from jaxcnn._support.files import local_path, sync, sync_tree
from jaxcnn.runs._folder import check_free, clear
from jaxcnn.runs._lock import (
    CAN_MOVE_OPEN_FILES,
    LOCK,
    FolderInUseError,
    lock_folder,
    make_folder,
    not_writable,
)

_SUFFIX = ".partial"


@contextmanager
def new_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Build a run's folder aside, and rename it when it is whole.

    It is built in a hidden folder beside it, which is removed if there is an error; what a killed
    process left there is removed by the next save of the same name. An empty folder that cannot be
    replaced, such as the current one, is written to in place.

    Args:
        folder: A new folder, or an empty one.

    Returns:
        A context manager, whose value is the folder to write to.

    Raises:
        FileExistsError: If it contains files, so that no other run is overwritten.
        NotADirectoryError: If it is a file.
        OSError: If it cannot be created or written to, or another process uses it.
        ValueError: If it is an address such as ``gs://bucket``.
    """
    path = local_path("folder", folder)
    _check(path)
    in_place = path.exists() and not _is_replaceable(path)
    with _in_place(path) if in_place else _aside(Path(os.path.realpath(path))) as place:
        try:
            yield place
        except (OSError, ValueError) as error:
            _name_the_folder(error, place, path)
            raise


def _check(path: Path) -> None:
    if path.exists():
        make_folder(path)  # raises if it is a file
        check_free(path)
        if (path / LOCK).exists():
            with lock_folder(path):  # raises if it is used, and else removes the file
                pass


def _is_replaceable(path: Path) -> bool:
    real = Path(os.path.realpath(path))
    is_used = real == Path.cwd() or os.path.ismount(real)
    return not is_used and os.access(real.parent, os.W_OK)


@contextmanager
def _in_place(path: Path) -> Iterator[Path]:
    with lock_folder(path):
        try:
            yield path
            sync_tree(path)
        except BaseException:
            clear(path)  # so that it can be saved to again
            raise


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    new = [parent for parent in path.parents if not parent.exists()]
    _remove_abandoned(path)
    with ExitStack() as lock:
        aside = _locked_aside(path, lock)
        try:
            yield aside
            _publish(aside, path)
            for parent in new:
                sync(parent.parent)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise


def _locked_aside(path: Path, lock: ExitStack) -> Path:
    """Create a hidden folder beside another, and lock it."""
    while True:
        aside = _aside_name(path)
        try:
            aside.mkdir(parents=True)
        except (FileExistsError, NotADirectoryError, PermissionError) as error:
            raise not_writable(path, error) from None
        if not CAN_MOVE_OPEN_FILES:
            return aside
        try:
            lock.enter_context(lock_folder(aside))
        except (FileNotFoundError, FolderInUseError):
            continue  # another process took it for abandoned before it was locked
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        return aside


def _aside_name(path: Path) -> Path:
    return path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}{_SUFFIX}")


def _remove_abandoned(path: Path) -> None:
    """Remove what killed processes left beside a folder, which no process locks any more."""
    if not CAN_MOVE_OPEN_FILES:
        return
    try:
        items = [*path.parent.iterdir()]
    except OSError:  # there is no such folder yet, or it may not be listed
        return
    for item in items:
        if item.name.startswith(f".{path.name[:100]}.") and item.name.endswith(_SUFFIX):
            with suppress(OSError), lock_folder(item):  # in use, or not ours
                # Under a new name first, as its owner may be about to lock it.
                shutil.rmtree(item.rename(_aside_name(path)), ignore_errors=True)


def _publish(aside: Path, path: Path) -> None:
    sync_tree(aside)
    if path.exists():
        aside.chmod(stat.S_IMODE(path.stat().st_mode))
        if not CAN_MOVE_OPEN_FILES:
            path.rmdir()  # nor can a folder be renamed to an existing one there
    try:
        aside.rename(path)
    except OSError:
        if path.exists():
            make_folder(path)
            check_free(path)  # another process has saved to it meanwhile
        raise
    with suppress(OSError):
        (path / LOCK).unlink()
    sync(path.parent)


def _name_the_folder(error: Exception, place: Path, path: Path) -> None:
    """Put the path that the caller knows in place of the hidden one into a message."""
    error.args = tuple(
        arg.replace(str(place), str(path)) if isinstance(arg, str) else arg for arg in error.args
    )
