"""Files of a repository in the cache of `huggingface_hub`: all of them, or none.

The cache belongs to all programs of the user, and its layout is documented: ``blobs`` has the
files by their checksums, ``snapshots`` links to them by their names at each commit, and ``refs``
the commit of each branch. Files are first downloaded to a folder of their own beside it, and move
into it after everything in them was checked.
"""

import contextlib
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from jaxcnn._support.extras import import_extra
from jaxcnn._support.files import write_whole
from jaxcnn._support.warn import warn
from jaxcnn.hub._errors import HubError
from jaxcnn.hub._fetch import checksum, fetch, sha256
from jaxcnn.hub._hints import name_hint
from jaxcnn.hub._repository import FILES, WEIGHTS, Repository, UnreachableError, look_up

_STAGING = ".jaxcnn-"
_ABANDONED = 24 * 3600
"""Seconds after which a download that was killed is removed from the cache."""


class Snapshot(NamedTuple):
    """The files of a repository at one commit, on this machine.

    Attributes:
        name: Name of the repository.
        commit: The commit's hash.
        folder: The folder with the files.
        sha256: Checksum of the file of weights.
    """

    name: str
    commit: str
    folder: Path
    sha256: str


@contextmanager
def snapshot(
    name: str, revision: str | None, cache: Path | None, *, offline: bool
) -> Iterator[Snapshot]:
    """Yield the files of a repository; keep them in the cache if the context ends without error.

    Args:
        name: Name of the repository.
        revision: Branch, tag or commit; None means ``main``.
        cache: Folder of the cache; None means that of `huggingface_hub`.
        offline: Whether only the cache is read.

    Raises:
        HubError: If the files are neither in the cache nor to be had from the hub, or their
            checksums are wrong.
    """
    constants = import_extra("huggingface_hub.constants")
    cache = Path(constants.HF_HUB_CACHE if cache is None else cache)
    revision = revision or "main"
    kept = _kept(name, revision, cache)
    repository = None
    is_settled = kept is not None and kept.commit == revision  # a commit never changes
    if not (is_settled or offline or constants.HF_HUB_OFFLINE):
        repository = _found(name, revision, kept)
    if repository is None:
        if kept is None:
            what = "offline=True" if offline else "HF_HUB_OFFLINE=1 in the environment"
            hint = "".join(f"; {meant}" for meant in [name_hint(name)] if meant)
            raise HubError(
                f"{name}: expected revision {revision} in the cache {cache}, because nothing is "
                f"downloaded offline, got none (load it once without {what}{hint})"
            )
        yield kept
        return
    if kept is None or kept.commit != repository.commit:
        kept = _kept(name, repository.commit, cache)
    if kept is not None:
        yield kept
    else:
        with _downloaded(repository, cache) as fresh:
            yield fresh
    _write_reference(name, revision, repository.commit, cache)


def _found(name: str, revision: str, kept: Snapshot | None) -> Repository | None:
    """Ask the hub; if it cannot be reached but the cache has the revision, warn and return None."""
    try:
        return look_up(name, revision)
    except UnreachableError as error:
        if kept is None:
            raise
        warn(f"{error}; commit {kept.commit[:12]} from the cache is used")
        return None


@contextmanager
def _downloaded(repository: Repository, cache: Path) -> Iterator[Snapshot]:
    """Yield the files of a repository in a folder of their own; then move them into the cache."""
    cache.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(cache)
    home = _home(repository.name, cache)
    with tempfile.TemporaryDirectory(prefix=_STAGING, dir=cache) as folder:
        staging = Path(folder)
        size = sum(listed.size for listed in repository.files.values())
        print(f"downloading {repository.name}, {size / 1e6:,.1f} MB ...", file=sys.stderr)
        for file, listed in repository.files.items():
            blob = home / "blobs" / listed.checksum
            if blob.is_file() and checksum(blob, listed.checksum) == listed.checksum:
                shutil.copyfile(blob, staging / file)  # of another commit
            else:
                fetch(repository, file, staging)
        weights = sha256(staging / WEIGHTS)
        yield Snapshot(repository.name, repository.commit, staging, weights)
        for file, listed in repository.files.items():
            _place(
                staging / file,
                home / "blobs" / listed.checksum,
                home / "snapshots" / repository.commit / file,
            )


def _place(file: Path, blob: Path, pointer: Path) -> None:
    """Move a file to its blob, and let its pointer lead there."""
    pointer.parent.mkdir(parents=True, exist_ok=True)
    blob.parent.mkdir(parents=True, exist_ok=True)
    if not blob.exists():
        file.replace(blob)
    try:
        pointer.symlink_to(os.path.relpath(blob, pointer.parent))
    except FileExistsError:
        pass  # another process was faster
    except OSError:  # Windows may allow no links; the file then stands in their place
        shutil.copyfile(blob, pointer)
        blob.unlink()


def _kept(name: str, revision: str, cache: Path) -> Snapshot | None:
    """Return the files of a revision that the cache has; None if one of them is missing.

    Raises:
        HubError: If a file in the cache is damaged.
    """
    load = import_extra("huggingface_hub").try_to_load_from_cache
    found = [load(name, file, cache_dir=cache, revision=revision) for file in FILES]
    paths = [Path(path) for path in found if isinstance(path, str)]
    if len(paths) < len(FILES):
        return None
    checksums = {path.name: _checked(name, path) for path in paths}
    folder = paths[0].parent
    return Snapshot(name, folder.name, folder, checksums[WEIGHTS] or sha256(folder / WEIGHTS))


def _checked(name: str, path: Path) -> str | None:
    """Compare a file in the cache with its checksum; return it, or None if it is not known."""
    if not path.is_symlink():
        return None
    # The link leads to a file whose name is the checksum, which may be a link to another place.
    expected = Path(os.readlink(path)).name
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", expected):
        return None
    found = checksum(path, expected)
    if found != expected:
        raise HubError(
            f"{name}: expected {path} with the checksum {expected}, got {found} (the file in the "
            f"cache is damaged; delete {path.resolve()})"
        )
    return found if len(found) == 64 else None


def _write_reference(name: str, revision: str, commit: str, cache: Path) -> None:
    """Note that a branch or a tag is at a commit, so that it is found without the hub."""
    if revision == commit:
        return
    path = _home(name, cache) / "refs" / revision
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text() != commit:
        write_whole(path, commit.encode())


def _home(name: str, cache: Path) -> Path:
    """Return the folder of a repository in the cache."""
    folder_name = import_extra("huggingface_hub.file_download").repo_folder_name
    return cache / folder_name(repo_id=name, repo_type="model")


def _remove_abandoned(cache: Path) -> None:
    """Remove the folders of downloads that were killed long ago."""
    for path in cache.glob(f"{_STAGING}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED:
                shutil.rmtree(path)
