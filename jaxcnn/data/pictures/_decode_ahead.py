"""Decode image files in the background: one by one, or in batches for training."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import chain
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.arrays import as_array
from jaxcnn._support.extras import import_extra
from jaxcnn.data.pictures._decode import ImageSource, decode
from jaxcnn.data.pictures._decode_all import thread_count
from jaxcnn.data.pictures._image_files import ImageFiles
from jaxcnn.data.pictures._labeled_sequence import LabeledSequence
from jaxcnn.data.pictures._load_image import check_shape, fit_image
from jaxcnn.data.pictures._preprocessing import Preprocessing

Item = TypeVar("Item")
Result = TypeVar("Result")

# Files per task of a thread.
CHUNK = 4

# Batches that are decoded in advance, unless they are too small to keep all threads busy.
AHEAD = 4


def load_images(
    sources: Sequence[ImageSource],
    shape: tuple[int, ...],
    *,
    preprocessing: Preprocessing | None = None,
    ahead: int = 128,
) -> Iterator[np.ndarray | OSError | ValueError]:
    """Decode image files in background threads, and yield the images in order.

    Closing the iterator ends the threads.

    Args:
        sources: Paths of files, or files opened to read bytes.
        shape: The shape of the images, ``(H, W, C)`` with C 1 (gray) or 3. Each file is resized
            until it covers this shape, and cropped to its center.
        preprocessing: How images are resized and cropped instead, as for a pretrained network.
        ahead: The approximate number of images that are decoded, or being decoded, in advance.

    Returns:
        An iterator with one item per file, in the order of `sources`: an image of `shape`, uint8,
        or the error that `load_image` raised for the file.

    Raises:
        ValueError: If `shape` is not ``(H, W, C)`` with C 1 or 3.
    """
    loaded = load_sized_images(sources, shape, preprocessing=preprocessing, ahead=ahead)
    return (each.image if isinstance(each, SizedImage) else each for each in loaded)


class SizedImage(NamedTuple):
    """An image that was resized, and the height and width that it has in its file."""

    image: np.ndarray
    size: tuple[int, int]


def load_sized_images(
    sources: Sequence[ImageSource],
    shape: tuple[int, ...],
    *,
    preprocessing: Preprocessing | None = None,
    ahead: int = 128,
) -> Iterator[SizedImage | OSError | ValueError]:
    """Decode image files in background threads, like `load_images`, and keep their sizes.

    Args:
        sources: Paths of files, or files opened to read bytes.
        shape: The shape of the images, ``(H, W, C)`` with C 1 (gray) or 3. Each file is resized
            until it covers this shape, and cropped to its center.
        preprocessing: How images are resized and cropped instead, as for a pretrained network.
        ahead: The approximate number of images that are decoded, or being decoded, in advance.

    Returns:
        An iterator with one item per file, in the order of `sources`: an image and its size in the
        file, or the error that `load_image` raised for the file.

    Raises:
        ValueError: If `shape` is not ``(H, W, C)`` with C 1 or 3.
    """
    check_shape(shape)

    def read(chunk: Sequence[ImageSource]) -> list[SizedImage | OSError | ValueError]:
        return [_load_or_error(source, shape, preprocessing) for source in chunk]

    chunks = (sources[start : start + CHUNK] for start in range(0, len(sources), CHUNK))
    threads = thread_count(_mean_bytes(sources))
    return chain.from_iterable(
        map_ahead(read, chunks, threads=threads, ahead=max(threads, ahead // CHUNK))
    )


def _load_or_error(
    source: ImageSource, shape: tuple[int, ...], preprocessing: Preprocessing | None
) -> SizedImage | OSError | ValueError:
    try:
        image = decode(source)
        height, width = image.shape[:2]
        return SizedImage(fit_image(image, shape, preprocessing), (height, width))
    except (OSError, ValueError) as error:
        return error


def _mean_bytes(sources: Sequence[ImageSource]) -> float:
    """Return the mean size of a sample of the files; infinity if none of them exists."""
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
    """Call a function on each item in background threads, and yield the results in order.

    Closing the iterator ends the threads.

    Args:
        function: Called once per item. If it raises an error, the iterator raises the error when it
            reaches this item.
        items: The items. Each is read at most `ahead` items before its result is needed.
        threads: Number of concurrent calls.
        ahead: Number of results that are computed, or being computed, in advance.

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


def stream_batches(
    files: ImageFiles | LabeledSequence,
    indices: ArrayLike,
    *,
    start: int = 0,
    workers: int | None = None,
    ahead: int | None = None,
    shard: tuple[int, int] = (0, 1),
) -> Iterator[np.ndarray]:
    """Decode batches of image files in the background, by Grain.

    Yields ``files.read(indices[step])`` for each step from `start`. The batches do not depend on
    the number of workers. Closing the iterator ends its threads. A file that cannot be decoded ends
    the stream with an error. If there may be such files, stream `files.verified()`.

    Args:
        files: The images, or another labeled set that is read by index.
        indices: ``(steps, B)`` integers, the examples in the batch of each step.
        start: The first step, to resume an interrupted run.
        workers: Number of threads, which share the images of each batch. None means one thread per
            core, or a single thread for tiny files.
        ahead: Number of batches that are decoded, or being decoded, in advance. None means 4, and
            more if these have fewer than two images per thread.
        shard: ``(p, P)`` for process p of P: each batch has P equal shares, and only share p is
            decoded.

    Returns:
        An iterator of ``steps - start`` batches, ``(B / P, H, W, C)`` uint8.

    Raises:
        DataError: If a file is damaged, not an image, or too large; the message names its path.
        OSError: If a file cannot be read.
        ValueError: If an argument is out of range.
        ImportError: If Grain is not installed.
    """
    grain = import_extra("grain")
    batches = _share(_check_indices(as_array("indices", indices), len(files)), shard)
    if not 0 <= start <= len(batches):
        raise ValueError(f"start: expected 0 to {len(batches)}, got {start}")
    if workers is None:
        workers = files.reading_threads
    check_int("workers", workers)
    if ahead is None:
        ahead = max(AHEAD, -(-2 * workers // max(1, batches.shape[1])))
    check_int("ahead", ahead)
    steps = grain.MapDataset.range(start, len(batches))
    # These threads only wait for those that decode, if there are several.
    options = grain.ReadOptions(num_threads=min(workers, ahead), prefetch_buffer_size=ahead)
    images = min(CHUNK, max(1, ahead * batches.shape[1] // workers))

    def open_stream(threads: Executor) -> Any:
        def read(step: int) -> np.ndarray:
            if workers == 1:
                return files.read(batches[step])
            return _read_in(threads, files, batches[step], images)

        return iter(steps.map(read).to_iter_dataset(options))

    return _iterate(open_stream, workers)


def _read_in(
    threads: Executor, files: ImageFiles | LabeledSequence, indices: np.ndarray, chunk: int
) -> np.ndarray:
    """Read the images at `indices` in threads, so many per task."""
    dtype = files.dtype if isinstance(files, LabeledSequence) else np.uint8
    images = np.empty((len(indices), *files.input_shape), dtype)

    def read(start: int) -> None:
        part = slice(start, start + chunk)
        images[part] = files.read(indices[part])

    tasks = [threads.submit(read, start) for start in range(0, len(indices), chunk)]
    for task in tasks:
        task.result()
    return images


def _iterate(open_stream: Callable[[Executor], Any], workers: int) -> Iterator[np.ndarray]:
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as threads:
        iterator = open_stream(threads)
        try:
            yield from iterator
        finally:
            iterator.close()
            threads.shutdown(cancel_futures=True)


def _check_indices(indices: np.ndarray, n: int) -> np.ndarray:
    if indices.ndim != 2 or not np.issubdtype(indices.dtype, np.integer):
        raise ValueError(
            f"indices: expected integers of shape (steps, B), got {indices.dtype} of shape "
            f"{indices.shape}"
        )
    if indices.size and (indices.min() < 0 or indices.max() >= n):
        raise ValueError(
            f"indices: expected 0 to {n - 1}, got values from {indices.min()} to {indices.max()}"
        )
    return indices


def _share(indices: np.ndarray, shard: tuple[int, int]) -> np.ndarray:
    """Return the columns for process p of P."""
    process, processes = shard
    if not 0 <= process < processes:
        raise ValueError(f"shard: expected (p, P) with 0 <= p < P, got {shard}")
    if indices.shape[1] % processes:
        raise ValueError(
            f"shard: expected batches that {processes} processes can share, got batches of "
            f"{indices.shape[1]}"
        )
    share = indices.shape[1] // processes
    return indices[:, process * share : (process + 1) * share]
