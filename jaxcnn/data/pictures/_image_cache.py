"""Decoded images on disk, which are valid as long as their files do not change."""

import hashlib
import json
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxcnn._support.files import write_whole
from jaxcnn._support.json_texts import read_json
from jaxcnn.data.sets._download import roots


class Decoded(NamedTuple):
    """Decoded images, and the errors of files that could not be decoded, by index."""

    images: np.ndarray
    errors: dict[int, str]


def cache_path(
    cache: bool | str | os.PathLike[str],
    paths: Sequence[str],
    stats: np.ndarray,
    options: tuple[int, ...],
) -> Path | None:
    """Return the cache file for the decoded images of some files, or None if they are not cached.

    Args:
        cache: Whether to cache, or in which folder.
        paths: The files. Their common folder is left out of the key, so that a set can be moved.
        stats: ``(N, 2)``, the size and the time of change of each file.
        options: Numbers that the decoded images depend on.
    """
    if cache is False:
        return None
    folder = next(roots(None)) / "images" if cache is True else Path(cache).expanduser()
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
    """Read the cached images of `n` files as a memory map; None if missing or damaged."""
    try:
        errors = {int(i): str(e) for i, e in read_json(_errors_path(path)).items()}
        # Copy-on-write: the array can be written to, like a decoded one, without changing the file.
        images = np.load(path, mmap_mode="c")
    except (OSError, ValueError, EOFError, AttributeError):
        return None
    expected = (n - len(errors), *shape)
    intact = images.shape == expected and images.dtype == np.uint8 and all(i < n for i in errors)
    return Decoded(images, errors) if intact else None


def write_cache(path: Path, decoded: Decoded) -> None:
    """Write decoded images to the cache; warn if that fails."""
    errors = json.dumps(decoded.errors).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(_errors_path(path), errors)
        write_whole(path, lambda file: np.save(file, decoded.images))
    except OSError as error:
        warnings.warn(
            f"{path.parent}: could not cache the decoded images ({error.strerror or error}), so "
            "they will be decoded again (choose another folder by cache= or by the environment "
            "variable JAXCNN_DATA, or pass cache=False)",
            stacklevel=4,
        )


def _errors_path(path: Path) -> Path:
    return path.with_suffix(".json")
