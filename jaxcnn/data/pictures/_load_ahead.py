"""Decode many image files in threads, ahead of whoever takes the images."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TypeVar

import numpy as np

from jaxcnn.data.pictures._decode import ImageSource
from jaxcnn.data.pictures._decode_all import good_threads
from jaxcnn.data.pictures._load_image import check_shape, load_image

Item = TypeVar("Item")
Result = TypeVar("Result")

# Files that a thread decodes at a time.
CHUNK = 4


def load_images(
    sources: Sequence[ImageSource], shape: tuple[int, ...], *, ahead: int = 128
) -> Iterator[np.ndarray | OSError | ValueError]:
    """Decode image files in threads, ahead of whoever takes the images.

    Closing the iterator ends the threads.

    Args:
        sources: Paths of files, or files opened to read bytes.
        shape: The shape of the images to come, `(H, W, C)` with C 1 (gray) or 3; each file is
            resized and cut to it as by `load_image`.
        ahead: About so many images are decoded, or being decoded, before they are asked for.

    Returns:
        An iterator of one item for each file, in their order: an image of `shape`, uint8, or the
        error with which `load_image` refused the file.

    Raises:
        ValueError: If `shape` is no such shape.
    """
    check_shape(shape)

    def read(chunk: Sequence[ImageSource]) -> list[np.ndarray | OSError | ValueError]:
        return [_try(source, shape) for source in chunk]

    chunks = (sources[start : start + CHUNK] for start in range(0, len(sources), CHUNK))
    threads = good_threads(_mean_bytes(sources))
    return chain.from_iterable(
        map_ahead(read, chunks, threads=threads, ahead=max(threads, ahead // CHUNK))
    )


def _try(source: ImageSource, shape: tuple[int, ...]) -> np.ndarray | OSError | ValueError:
    try:
        return load_image(source, shape)
    except (OSError, ValueError) as error:
        return error


def _mean_bytes(sources: Sequence[ImageSource]) -> float:
    """The mean size of some of the files, of those that are there."""
    some = sources[:: max(1, len(sources) // 100)]
    sizes = [
        os.path.getsize(source)
        for source in some
        if isinstance(source, str | os.PathLike) and os.path.isfile(source)
    ]
    return float(np.mean(sizes)) if sizes else float("inf")


def map_ahead(
    function: Callable[[Item], Result], items: Iterable[Item], *, threads: int, ahead: int
) -> Iterator[Result]:
    """Call a function on each item in threads, ahead of whoever takes the results.

    Closing the iterator ends the threads.

    Args:
        function: Called once an item; what it raises is raised where its result would come.
        items: Taken one by one, no more than `ahead` before their results are.
        threads: How many calls run at once.
        ahead: So many results are there, or being made, while one is used.

    Returns:
        An iterator of the results, in the order of the items.

    Example:
        >>> list(map_ahead(len, ["a", "bcd"], threads=2, ahead=4))
        [1, 3]
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="ahead") as executor:
        waiting = deque()
        try:
            for item in items:
                waiting.append(executor.submit(function, item))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            executor.shutdown(cancel_futures=True)
