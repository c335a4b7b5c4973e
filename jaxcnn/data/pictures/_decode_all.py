"""Decode all files of a set into one array, in threads, if they fit in memory."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Literal, get_args

import numpy as np
from numpy.typing import DTypeLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.machine import cpu_cores, memory_limit
from jaxcnn._support.progress import progress_bar
from jaxcnn._support.texts import readable
from jaxcnn._support.warn import warn
from jaxcnn.data._errors import DataError
from jaxcnn.data.pictures._image_cache import (
    Decoded,
    cache_path,
    file_stats,
    read_cache,
    write_cache,
)

LOAD_HINT = "jaxcnn.fit and run.evaluate read them batch by batch, without load()"
"""What to do if all examples of a set do not fit in memory."""


def check_memory(
    name: str, n: int, shape: tuple[int, ...], dtype: DTypeLike = np.uint8, *, hint: str
) -> None:
    """Raise DataError if `n` images of `shape` do not fit in memory; `hint` says what to do."""
    needed, memory = n * int(np.prod(shape)) * np.dtype(dtype).itemsize, memory_limit()
    if memory is not None and needed > memory:
        raise DataError(
            f"{name}: expected images that fit in {memory / 1e9:.1f} GB of memory, got {n} of "
            f"{shape}, which take {needed / 1e9:.1f} GB ({hint})"
        )


# Files that a message lists if more cannot be decoded.
MAX_LISTED = 3

OnError = Literal["raise", "skip"]
"""What to do if a file cannot be decoded: raise an error, or leave the file out and count it."""

SKIP_HINT = "pass on_error='skip' to skip such files with a warning"

# Images per task of a thread.
CHUNK = 128

# Files below this size, in bytes, are decoded faster by one thread than by several: several threads
# would mostly wait for the interpreter lock.
SMALL_FILE_BYTES = 4_000


def decode_all(
    read: Callable[[int], np.ndarray],
    n: int,
    shape: tuple[int, int, int],
    *,
    threads: int,
    on_error: OnError,
    name: str,
    progress: bool,
) -> tuple[np.ndarray, dict[int, DataError | OSError]]:
    """Call `read(0)` to `read(n - 1)` in threads, and stack the images.

    Args:
        read: Returns an image of `shape`; it may raise DataError or OSError.
        n: The number of images.
        shape: The shape of one image.
        threads: Number of threads.
        on_error: What to do if an image cannot be read: ``"raise"`` or ``"skip"``.
        name: Label of the progress bar.
        progress: Whether to show a progress bar, on a terminal.

    Returns:
        The images that could be read, ``(n - errors, *shape)`` uint8, and the errors of the others
        by index.
    """
    check_int("threads", threads)
    images = np.empty((n, *shape), np.uint8)
    errors: dict[int, DataError | OSError] = {}

    def read_chunk(chunk: range) -> int:
        for i in chunk:
            try:
                images[i] = read(i)
            except (DataError, OSError) as error:
                if on_error == "skip":
                    errors[i] = error
                elif isinstance(error, DataError):
                    raise DataError(f"{error} ({SKIP_HINT})") from error
                else:
                    raise
        return len(chunk)

    chunks = [range(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK)]
    with (
        _map_in_threads(threads) as map_chunks,
        progress_bar(enabled=progress, total=n, desc=readable(name), unit=" images") as bar,
    ):
        for done in map_chunks(read_chunk, chunks):
            bar.update(done)
    if errors:
        images = np.delete(images, list(errors), axis=0)
    return images, dict(sorted(errors.items()))


def check_on_error(on_error: str) -> None:
    """Raise ValueError unless `on_error` is ``"raise"`` or ``"skip"``."""
    if on_error not in get_args(OnError):
        raise ValueError(f"on_error: expected one of {get_args(OnError)}, got {on_error!r}")


@contextmanager
def _map_in_threads(threads: int) -> Iterator[Callable[..., Iterable[int]]]:
    if threads == 1:
        yield map
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="decode") as executor:
        try:
            yield executor.map
        finally:
            executor.shutdown(cancel_futures=True)


def thread_count(mean_bytes: float) -> int:
    """Return the number of threads that decode files of this mean size fastest."""
    return 1 if mean_bytes < SMALL_FILE_BYTES else cpu_cores()


def load_all(
    read: Callable[[int], np.ndarray],
    paths: Sequence[str],
    shape: tuple[int, int, int],
    *,
    name: str,
    options: tuple[int | str, ...],
    cache: bool | str | os.PathLike[str],
    on_error: OnError,
    threads: int | None,
    progress: bool,
) -> Decoded:
    """Decode the images of files, or read them from the cache; skipped files are left out.

    Args:
        read: Decodes the file of an index.
        paths: The files.
        shape: The shape of each image.
        name: Name of the set in messages.
        options: Other values that the decoded images depend on.
        cache: Whether to cache the decoded images, or in which folder.
        on_error: What to do about a file that cannot be decoded: ``"raise"`` or ``"skip"``.
        threads: Number of threads; None: one per core, or a single one for tiny files.
        progress: Whether to show a progress bar.
    """
    check_on_error(on_error)
    n = len(paths)
    stats = file_stats(paths)
    cached = cache_path(cache, paths, stats, (*shape, *options))
    found = None if cached is None else read_cache(cached, n, shape)
    if found is not None and not (found.errors and on_error == "raise"):
        _warn_of_errors(found.errors, n, name)
        return found
    if threads is None:
        threads = thread_count(stats[:, 0].mean())
    images, raised = decode_all(
        read, n, shape, threads=threads, on_error=on_error, name=name, progress=progress
    )
    decoded = Decoded(images, {i: str(error) for i, error in raised.items()})
    _warn_of_errors(decoded.errors, n, name)
    # A file that could not be read may become readable without any change that the cache notices.
    if cached is not None and not any(isinstance(error, OSError) for error in raised.values()):
        write_cache(cached, decoded)
    return decoded


def find_broken(read: Callable[[int], np.ndarray], paths: Sequence[str], *, name: str) -> list[int]:
    """Decode all files, and return the indices of those that cannot be decoded."""
    nothing = np.empty((0, 0, 0), np.uint8)

    def try_to_read(index: int) -> np.ndarray:
        read(index)
        return nothing

    _, errors = decode_all(
        try_to_read,
        len(paths),
        (0, 0, 0),
        threads=thread_count(file_stats(paths)[:, 0].mean()),
        on_error="skip",
        name=name,
        progress=True,
    )
    _warn_of_errors(errors, len(paths), name)
    return list(errors)


def _warn_of_errors(errors: Mapping[int, object], n: int, name: str) -> None:
    """Warn of the skipped files; if all of them are skipped, raise DataError."""
    if not errors:
        return
    named = "".join(f"\n  {error}" for error in list(errors.values())[:MAX_LISTED])
    more = f"\n  and {len(errors) - MAX_LISTED} more" if len(errors) > MAX_LISTED else ""
    if len(errors) == n:
        raise DataError(
            f"{name}: expected files that can be decoded, got none of {n}:{named}{more}"
        )
    warn(
        f"{name}: skipped {len(errors)} of {n} files that cannot be decoded:{named}{more}",
    )
