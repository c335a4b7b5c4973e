"""The sizes of image files, from their headers."""

import os
from collections.abc import Sequence

import numpy as np

from jaxcnn._support.arguments import check_int
from jaxcnn._support.extras import import_extra

FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
"""The formats whose headers are read, by Pillow's names."""

ORIENTATION = 0x0112
"""The EXIF tag that says how a picture is rotated; from 5 on, height and width are exchanged."""


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
    pillow, sizes = import_extra("PIL.Image"), []
    places = np.linspace(0, len(paths) - 1, min(at_most, len(paths))).astype(int)
    for place in places:
        try:
            with pillow.open(paths[place], formats=FORMATS) as picture:
                width, height = picture.size
                is_turned = picture.getexif().get(ORIENTATION, 1) >= 5
        except Exception:  # for damaged files, Pillow raises errors of many types
            continue
        sizes.append((width, height) if is_turned else (height, width))
    return np.array(sizes, np.int64).reshape(-1, 2)
