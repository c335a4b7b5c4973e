"""Decoded images on disk, which are valid as long as their files do not change."""

import hashlib
import json
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxcnn._support.files import local_path, write_whole
from jaxcnn._support.json_texts import read_json
from jaxcnn._support.warn import warn
from jaxcnn.data.sets._download import roots


class Decoded(NamedTuple):
    """Decoded images, and the errors of files that could not be decoded, by index."""

    images: np.ndarray
    errors: dict[int, str]


def cache_path(
    cache: bool | str | os.PathLike[str],
    paths: Sequence[str],
    stats: np.ndarray,
    options: tuple[int | str, ...],
) -> Path | None:
    """Return the cache file for the decoded images of some files, or None if they are not cached.

    Args:
        cache: Whether to cache, or in which folder.
        paths: The files. Their common folder is left out of the key, so that a set can be moved.
        stats: ``(N, 2)``, the size and the time of change of each file.
        options: Values that the decoded images depend on.
    """
    if cache is False:
        return None
    folder = next(roots(None)) / "images" if cache is True else local_path("cache", cache)
    start = len(os.path.dirname(os.path.commonprefix(paths)))  # noqa: RUF071 - dirname follows
    names = "\0".join(path[start:] for path in paths)
    key = hashlib.sha256(repr(options).encode())
    key.update(os.fsencode(names))
    key.update(stats.astype("<i8").tobytes())
    return folder / f"{key.hexdigest()[:32]}.npy"


def file_stats(paths: Sequence[str]) -> np.ndarray:
    """Return size and time of change of each file, ``(N, 2)`` int64; -1 for a missing file."""
    stats = np.empty((len(paths), 2), np.int64)
    for i, path in enumerate(paths):
        try:
            stat = os.stat(path)
            stats[i] = stat.st_size, stat.st_mtime_ns
        except OSError:  # reported when the file is read
            stats[i] = -1
    return stats


def read_cache(path: Path, n: int, shape: tuple[int, int, int]) -> Decoded | None:
    """Read the cached images of `n` files as a memory map; None if missing or damaged.

    A warning names what is damaged. A missing file of images is not damage: it is written last.
    """
    if not path.exists():
        return None
    try:
        return _read_checked(path, n, shape)
    except Exception as error:  # NumPy raises many kinds for a damaged header
        warn(
            f"{path}: expected the decoded images that were cached, got damaged ones, or some of "
            f"an older version, so the files are decoded again ({error!s:.200})",
        )
        return None


def write_cache(path: Path, decoded: Decoded) -> None:
    """Write decoded images to the cache; warn if that fails."""
    content = {"crc32": _checksum(path, decoded), "errors": decoded.errors}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(_errors_path(path), json.dumps(content).encode())
        write_whole(path, lambda file: np.save(file, decoded.images))
    except OSError as error:
        warn(
            f"{path.parent}: could not cache the decoded images ({error.strerror or error}), so "
            "they will be decoded again (choose another folder by cache= or by the environment "
            "variable JAXCNN_DATA, or pass cache=False)",
        )


def _read_checked(path: Path, n: int, shape: tuple[int, int, int]) -> Decoded:
    content = read_json(_errors_path(path))
    errors = {int(i): str(error) for i, error in content.get("errors", {}).items()}
    # Copy-on-write: the array can be written to, like a decoded one, without changing the file.
    decoded = Decoded(np.load(path, mmap_mode="c"), errors)
    if not _has_form(decoded, n, shape):
        raise ValueError("their shape differs")
    if content.get("crc32") != _checksum(path, decoded):
        raise ValueError("their checksum differs")
    return decoded


def _has_form(decoded: Decoded, n: int, shape: tuple[int, int, int]) -> bool:
    images, errors = decoded
    has_shape = images.shape == (n - len(errors), *shape) and images.flags.c_contiguous
    return has_shape and images.dtype == np.uint8 and all(0 <= i < n for i in errors)


def _checksum(path: Path, decoded: Decoded) -> int:
    """Return the CRC-32 of the file's name, the errors and the images.

    It is meant for accidents, not for attackers, and is several times faster than SHA-256.
    """
    beginning = json.dumps([path.name, decoded.errors]).encode()
    return zlib.crc32(decoded.images.data, zlib.crc32(beginning))


def _errors_path(path: Path) -> Path:
    return path.with_suffix(".json")
