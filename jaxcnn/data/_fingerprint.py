"""A checksum of a labeled set, by which a training knows its data again."""

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from jaxcnn._support.files import write_whole
from jaxcnn._support.machine import cpu_cores
from jaxcnn.data._dataset import Dataset
from jaxcnn.data.pictures._decode_ahead import map_ahead
from jaxcnn.data.pictures._image_cache import file_stats
from jaxcnn.data.pictures._image_files import ImageFiles
from jaxcnn.data.pictures._labeled_sequence import LabeledImages, LabeledSequence
from jaxcnn.data.pictures._paths import MANY
from jaxcnn.data.sets._download import roots

CHUNK = 128
"""Files or examples per task of a thread."""


def fingerprint(data: LabeledImages, *, cache: bool | str | os.PathLike[str] = False) -> str:
    """Compute a checksum of everything in a labeled set that can change a training.

    The checksum covers the labels, the class names and the weights of examples. For a `Dataset`, it
    also covers every pixel. For `ImageFiles`, it covers the bytes of every file, their order, and
    the shape to which the images are resized, and how. The files are read, but not decoded.

    A `LabeledSequence` is read whole, by its reading threads, unless its source is a Hugging Face
    data set in files. Such a set has a fingerprint of its own, which changes with each of its
    transformations. In place of the pixels, the checksum then covers this fingerprint, the chosen
    rows and column, and how images are converted.

    Args:
        data: The labeled set.
        cache: Whether to keep the checksums of 50,000 image files and more in the user's cache
            folder (or $JAXCNN_DATA), or in which folder. The files are then not read again if their
            paths, sizes and modification times are the same.

    Returns:
        64 hexadecimal digits.

    Raises:
        OSError: If one of the image files cannot be read.
        TypeError: If an example of a `LabeledSequence` has another dtype than the first one.
        ValueError: If an example of a `LabeledSequence` has another shape than the others.

    Example:
        >>> data = Dataset(np.zeros((2, 4, 4, 1), np.uint8), [0, 1], ("cat", "dog"))
        >>> fingerprint(data) == fingerprint(data.take(2)), fingerprint(data) == fingerprint(
        ...     Dataset(data.images, [1, 0], ("cat", "dog"))
        ... )
        (True, False)
    """
    total = hashlib.sha256()
    total.update(repr((data.class_names, str(data.task), data.kind, data.input_shape)).encode())
    if isinstance(data, ImageFiles) and data.preprocessing is not None:
        total.update(repr(data.preprocessing).encode())
    _add(total, data.labels)
    if data.weights is not None:
        _add(total, data.weights)
    if isinstance(data, Dataset):
        _add(total, data.images)
    elif isinstance(data, ImageFiles):
        if cache is not False and len(data) >= MANY:
            return _cached(total, data.paths, cache)
        _add_files(total, data.paths)
    else:
        _add_sequence(total, data)
    return total.hexdigest()


def _cached(
    total: "hashlib._Hash", paths: Sequence[str], cache: bool | str | os.PathLike[str]
) -> str:
    """Return the checksum with that of the files, which are read only if they have changed."""
    folder = next(roots(None)) / "checksums" if isinstance(cache, bool) else Path(cache)
    state = total.copy()  # of the labels and all else but the files
    for start in range(0, len(paths), CHUNK):
        some = [*paths[start : start + CHUNK]]
        state.update(os.fsencode("\0".join(some)))
        state.update(file_stats(some).tobytes())
    known = folder.expanduser() / state.hexdigest()
    with suppress(OSError, UnicodeDecodeError):
        if re.fullmatch("[0-9a-f]{64}", checksum := known.read_text()):
            return checksum
    _add_files(total, paths)
    with suppress(OSError):  # it is computed again
        known.parent.mkdir(parents=True, exist_ok=True)
        write_whole(known, total.hexdigest().encode())
    return total.hexdigest()


def _add_files(total: "hashlib._Hash", paths: Sequence[str]) -> None:
    _add_digests(total, _file_digest, paths, cpu_cores())


def _add_sequence(total: "hashlib._Hash", data: LabeledSequence) -> None:
    known = getattr(data.source, "_fingerprint", None)  # Hugging Face
    # Of a set in memory, earlier versions of that library look at a part only.
    if isinstance(known, str) and getattr(data.source, "cache_files", None):
        how = data.image, data.resizes, data.drops_colors, data.preprocessing
        total.update(repr((known, np.dtype(data.dtype).str, *how)).encode())
        _add(total, data.rows)
        return

    def digest(index: int) -> bytes:
        example = hashlib.sha256()
        _add(example, data[index][0])
        return example.digest()

    _add_digests(total, digest, range(len(data)), data.reading_threads)


def _add_digests(
    total: "hashlib._Hash", digest: Callable[[Any], bytes], items: Sequence[Any], threads: int
) -> None:
    """Add the digest of each item, computed in threads."""

    def digests(start: int) -> bytes:
        return b"".join(map(digest, items[start : start + CHUNK]))

    starts = range(0, len(items), CHUNK)
    for some in map_ahead(digests, starts, threads=threads, ahead=2 * threads):
        total.update(some)


def _file_digest(path: str) -> bytes:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _add(total: "hashlib._Hash", array: np.ndarray) -> None:
    total.update(f"{array.dtype} {array.shape};".encode())
    total.update(np.ascontiguousarray(array).view(np.uint8).data)
