"""Picture files without labels: finding them in folders, and decoding them ahead of their use."""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import cast

import numpy as np

from jaxcnn.data._decoding import Source, name_of
from jaxcnn.data._decoding_all import good_threads
from jaxcnn.data._errors import DataError
from jaxcnn.data._images import load_image
from jaxcnn.data._map_ahead import map_ahead
from jaxcnn.data._scan import scan_tree

CHUNK = 4
"""Files that a thread decodes at a time."""


def find_pictures(files: Source | Iterable[Source]) -> list[Source]:
    """Put the pictures in a folder, and in all folders below, in the place of the folder.

    Pictures in folders are known by their endings (.jpg, .jpeg, .png, .webp, .bmp) and in natural
    order ("9" before "10"); hidden files and folders do not count. A file that is named itself
    stays, whatever its name; and so does a folder without pictures, to be reported.

    Args:
        files: paths of files and folders, or files opened to read bytes; or one of these.

    Raises:
        ValueError: if there is no file among them.
    """
    # An open file can be iterated over, too: these are its lines.
    one = isinstance(files, str | os.PathLike) or hasattr(files, "read")
    given: list[Source] = [cast(Source, files)] if one else [*cast(Iterable[Source], files)]
    found = [source for each in given for source in _within(each)]
    if not given:
        raise ValueError("files: expected at least one picture or folder, got none")
    if all(isinstance(each, str | os.PathLike) and os.path.isdir(each) for each in found):
        raise ValueError(f"no pictures in {', '.join(map(str, given))}")
    return found


def _within(source: Source) -> list[Source]:
    if not isinstance(source, str | os.PathLike) or not os.path.isdir(source):
        return [source]
    try:
        images, _ = scan_tree(os.fspath(source))
    except OSError:
        images = []
    return [*images] or [source]


def decode_ahead(
    sources: Sequence[Source], shape: tuple[int, int, int], ahead: int
) -> Iterator[np.ndarray | str]:
    """Decode picture files in threads, ahead of their use.

    Args:
        sources: paths of files, or files opened to read bytes.
        shape: ``(H, W, C)`` of the images; pictures of another size are resized until they cover
            it, and cut to the middle.
        ahead: how many images are decoded, or being decoded, while one is used.

    Yields:
        For each file its image, uint8, or a text that says why it cannot be read.
    """

    def read(chunk: Sequence[Source]) -> list[np.ndarray | str]:
        return [_read(source, shape) for source in chunk]

    chunks = (sources[start : start + CHUNK] for start in range(0, len(sources), CHUNK))
    threads = good_threads(_mean_bytes(sources))
    return chain.from_iterable(
        map_ahead(read, chunks, threads=threads, ahead=max(threads, ahead // CHUNK))
    )


def _read(source: Source, shape: tuple[int, int, int]) -> np.ndarray | str:
    try:
        return load_image(source, shape)
    except DataError as error:
        return str(error).removeprefix(f"{name_of(source)}: ")
    except (OSError, ValueError) as error:
        if isinstance(source, str | os.PathLike) and os.path.isdir(source):
            return "no pictures in this folder"
        return (isinstance(error, OSError) and error.strerror) or str(error)


def _mean_bytes(sources: Sequence[Source]) -> float:
    """The mean size of some of the files, of those that are there."""
    some = sources[:: max(1, len(sources) // 100)]
    sizes = [
        os.path.getsize(source)
        for source in some
        if isinstance(source, str | os.PathLike) and os.path.isfile(source)
    ]
    return float(np.mean(sizes)) if sizes else float("inf")
