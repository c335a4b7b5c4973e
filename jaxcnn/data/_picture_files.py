"""Image files without labels: finding them in folders, and decoding them ahead of their use."""

import os
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from jaxcnn.data._decoding import Source as ImageSource
from jaxcnn.data._decoding_all import good_threads
from jaxcnn.data._images import load_image
from jaxcnn.data._map_ahead import map_ahead
from jaxcnn.data._scan import scan_tree

# Files that a thread decodes at a time.
CHUNK = 4


def find_image_files(folder: str | os.PathLike[str]) -> list[str]:
    """Find the image files in a folder, and in all folders below it.

    Args:
        folder: Where to look.

    Returns:
        The paths of the files, in natural order.
    """
    return scan_tree(os.fspath(folder))[0]


def load_images(
    sources: Sequence[ImageSource], shape: tuple[int, int, int], *, ahead: int = 128
) -> Iterator[np.ndarray | OSError | ValueError]:
    """Decode image files in threads, ahead of whoever takes the images.

    Args:
        sources: Paths of files, or files opened to read bytes.
        shape: The shape of the images to come, as `load_image` takes it.
        ahead: About so many images are decoded, or being decoded, before they are asked for.

    Returns:
        An iterator of one item for each file: an image, or the error with which `load_image`
        refused the file.
    """

    def read(chunk: Sequence[ImageSource]) -> list[np.ndarray | OSError | ValueError]:
        return [_try(source, shape) for source in chunk]

    chunks = (sources[start : start + CHUNK] for start in range(0, len(sources), CHUNK))
    threads = good_threads(_mean_bytes(sources))
    return chain.from_iterable(
        map_ahead(read, chunks, threads=threads, ahead=max(threads, ahead // CHUNK))
    )


def _try(source: ImageSource, shape: tuple[int, int, int]) -> np.ndarray | OSError | ValueError:
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
