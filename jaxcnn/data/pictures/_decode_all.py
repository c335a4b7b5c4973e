"""Whether images fit in memory, asked before they are decoded."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Literal, get_args

import numpy as np
from tqdm import tqdm

from jaxcnn._support.machine import cpu_cores, memory_limit
from jaxcnn.data._errors import DataError
from jaxcnn.data.pictures._image_cache import (
    Decoded,
    cache_path,
    file_stats,
    read_cache,
    write_cache,
)


def check_memory(name: str, n: int, shape: tuple[int, int, int]) -> None:
    """Raise DataError where `n` images of `shape`, uint8, do not fit."""
    needed, memory = n * int(np.prod(shape)), memory_limit()
    if memory is not None and needed > memory:
        raise DataError(
            f"{name}: {n} images of {shape} would take {needed / 1e9:.1f} GB, more than the "
            f"{memory / 1e9:.1f} GB of memory; stream them (stream=True, or stream_batches), or "
            "ask for a smaller size"
        )


# So many files are named where more cannot be decoded.
NAMED = 3

OnError = Literal["raise", "skip"]
"""What to do about a file that cannot be decoded: raise an error, or leave it out and count it."""

WAY_ON = (
    "on_error='skip' (--on-error skip on the command line) leaves such files out, with a warning"
)

# Images a task of a thread.
CHUNK = 128

# Smaller files, in bytes, are decoded faster by one thread than by several, which wait for each
# other's interpreter lock more than they decode.
SMALL_FILE = 4_000


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
    """Call `read(0)` to `read(n - 1)`, and put the images it returns into one array.

    Args:
        read: Returns an image of `shape`; it may raise DataError or OSError.
        n: The number of images.
        shape: The shape of one image.
        threads: How many threads read.
        on_error: What is done about an image that cannot be read: `"raise"` or `"skip"`.
        name: What the bar calls the images.
        progress: Show a bar, on a terminal.

    Returns:
        The images that could be read, `(n - errors, *shape)` uint8, and an error for each other.
    """
    if threads < 1:
        raise ValueError(f"threads: expected at least 1, got {threads}")
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
                    raise DataError(f"{error}; {WAY_ON}") from error
                else:
                    raise
        return len(chunk)

    chunks = [range(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK)]
    with (
        _map_in_threads(threads) as map_chunks,
        tqdm(total=n, desc=name, unit=" images", disable=None if progress else True) as bar,
    ):
        for done in map_chunks(read_chunk, chunks):
            bar.update(done)
    if errors:
        images = np.delete(images, list(errors), axis=0)
    return images, dict(sorted(errors.items()))


def check_on_error(on_error: str) -> None:
    """Raise ValueError unless it says what is done about a file that cannot be decoded."""
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


def good_threads(mean_bytes: float) -> int:
    """Return how many threads decode files of this size fastest."""
    return 1 if mean_bytes < SMALL_FILE else cpu_cores()


def load_all(
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
