"""Many image files into one array, in threads, with a bar."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Literal, get_args

import numpy as np
from tqdm import tqdm

from jaxcnn._support.machine import cpu_cores
from jaxcnn.data._errors import DataError

OnError = Literal["raise", "skip"]

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
