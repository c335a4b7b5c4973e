"""All images of a set: from the cache, or decoded and put there; broken files are reported."""

import os
import warnings
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from jaxcnn.data._decoding_all import OnError, check_on_error, decode_all, good_threads
from jaxcnn.data._errors import DataError
from jaxcnn.data._image_cache import Decoded, cache_path, file_stats, read_cache, write_cache
from jaxcnn.data._memory import check_memory

# So many files are named where more cannot be decoded.
NAMED = 3


def load_images(
    read: Callable[[int], np.ndarray],
    paths: Sequence[str],
    shape: tuple[int, int, int],
    *,
    name: str,
    options: tuple[int, ...],
    cache: bool | str | os.PathLike[str],
    on_error: OnError,
    threads: int | None,
    progress: bool,
) -> Decoded:
    """Return the images of files, without those that are skipped.

    Args:
        read: Decodes the file of a number.
        paths: The files.
        shape: The shape of each image.
        name: What messages call the set.
        options: What else the decoded images depend on.
        cache: As in `ImageFiles.load`, and so the arguments after it.
        on_error: What is done about a file that cannot be decoded.
        threads: How many decode.
        progress: Show a bar.
    """
    check_on_error(on_error)
    n = len(paths)
    check_memory(name, n, shape)
    stats = file_stats(paths)
    kept = cache_path(cache, paths, stats, (*shape, *options))
    found = None if kept is None else read_cache(kept, n, shape)
    if found is not None and not (found.errors and on_error == "raise"):
        _report(found.errors, n, name)
        return found
    if threads is None:
        threads = good_threads(stats[:, 0].mean())
    images, raised = decode_all(
        read, n, shape, threads=threads, on_error=on_error, name=name, progress=progress
    )
    decoded = Decoded(images, {i: str(error) for i, error in raised.items()})
    _report(decoded.errors, n, name)
    # What only could not be read may be readable the next time, without a trace on the file.
    if kept is not None and not any(isinstance(error, OSError) for error in raised.values()):
        write_cache(kept, decoded)
    return decoded


def find_broken(read: Callable[[int], np.ndarray], paths: Sequence[str], *, name: str) -> list[int]:
    """Decode all files and keep nothing; return the numbers of those that cannot be decoded."""
    nothing = np.empty((0, 0, 0), np.uint8)

    def try_to_read(index: int) -> np.ndarray:
        read(index)
        return nothing

    _, errors = decode_all(
        try_to_read,
        len(paths),
        (0, 0, 0),
        threads=good_threads(file_stats(paths)[:, 0].mean()),
        on_error="skip",
        name=name,
        progress=True,
    )
    _report(errors, len(paths), name)
    return list(errors)


def _report(errors: Mapping[int, object], n: int, name: str) -> None:
    """Warn of the files that are left out; where they are all of them, raise DataError."""
    if not errors:
        return
    named = "".join(f"\n  {error}" for error in list(errors.values())[:NAMED])
    more = f"\n  and {len(errors) - NAMED} more" if len(errors) > NAMED else ""
    if len(errors) == n:
        raise DataError(f"{name}: none of the {n} files can be decoded:{named}{more}")
    warnings.warn(
        f"{name}: skipped {len(errors)} of {n} files that cannot be decoded:{named}{more}",
        stacklevel=4,
    )
