"""The sizes of image files, from their headers."""

import os
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from jaxcnn._support.arguments import check_int
from jaxcnn.data._batching import evenly_spaced
from jaxcnn.data.pictures._decode import read_size


def picture_sizes(paths: Sequence[str | os.PathLike[str]], *, at_most: int = 200) -> np.ndarray:
    """Read the heights and widths of image files, without decoding their pixels.

    Use it to choose the input size of a network. A file that cannot be read is left out.

    Args:
        paths: The image files.
        at_most: The largest number of files to open. Of more files, evenly spaced ones are read.

    Returns:
        ``(N, 2)`` int64, height and width as the picture is shown: rotated as its EXIF data say.

    Raises:
        ValueError: If `at_most` is below 1.

    Example::

        train = jaxcnn.data.image_folder("pictures", (64, 64), stream=True).train
        print(jaxcnn.data.picture_sizes(train.paths).max(axis=0))
    """
    check_int("at_most", at_most)
    sizes = []
    for place in evenly_spaced(len(paths), at_most) if len(paths) else ():
        with suppress(OSError, ValueError):  # it is no picture, or is not there anymore
            sizes.append(read_size(paths[place]))
    return np.array(sizes, np.int64).reshape(-1, 2)
