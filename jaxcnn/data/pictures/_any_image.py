"""One image in any form that people have it in: a file, an image of Pillow, an array."""

import os
import sys
from typing import Any

import numpy as np

from jaxcnn._support.arrays import as_array
from jaxcnn.data._array_checks import check_images
from jaxcnn.data.pictures._load_image import (
    fit_image,
    load_image,
    over_white,
    to_grayscale,
    to_rgb,
)
from jaxcnn.data.pictures._pillow_image import pixels_of
from jaxcnn.data.pictures._preprocessing import Preprocessing

_EXPECTED = "image: expected a file, an image of Pillow, or an array (H, W, C) or (H, W)"


def as_image(
    image: Any, shape: tuple[int, ...], *, preprocessing: Preprocessing | None = None
) -> np.ndarray:
    """Return one image as an array of a given shape: resized, cropped, gray or in color.

    Args:
        image: The path of an image file, an open file, an image of Pillow, or an array ``(H, W)``
            or ``(H, W, C)`` with 1, 3 or 4 channels, uint8 or floating point in [0, 1]. Transparent
            parts become white, as in files.
        shape: ``(H, W, C)``, as for `load_image`.
        preprocessing: How the image is resized and cropped, as for `load_image`. An array that has
            this height and width already is neither resized nor cropped.

    Returns:
        The image, of `shape`: uint8, or the floats of an array that has this size already.

    Raises:
        TypeError: If `image` is none of these.
        ValueError: If an array has another shape, or values out of range.
        DataError: If a file is not an image, damaged, or too large.
        IsADirectoryError: If the path is that of a folder.

    Example:
        >>> as_image(np.full((8, 8), 0.5), (4, 4, 1)).tolist()[0]
        [[128], [128], [128], [128]]
    """
    if isinstance(image, str | os.PathLike) and os.path.isdir(image):
        raise IsADirectoryError(
            f"image: expected one image file, got the folder {os.fspath(image)} "
            "(jaxcnn.predict_files(run, folder) takes all of its images)"
        )
    if isinstance(image, str | os.PathLike) or hasattr(image, "read"):
        return load_image(image, shape, preprocessing=preprocessing)
    pillow = sys.modules.get("PIL.Image")
    if pillow is not None and isinstance(image, pillow.Image):
        return fit_image(pixels_of(image), shape, preprocessing)
    if not hasattr(image, "__array__"):
        raise TypeError(f"{_EXPECTED}, got a {type(image).__name__}")
    return _from_array(as_array("image", image), shape, preprocessing)


def _from_array(
    image: np.ndarray, shape: tuple[int, ...], preprocessing: Preprocessing | None
) -> np.ndarray:
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or image.shape[-1] not in (1, 3, 4):
        raise ValueError(f"{_EXPECTED}, got shape {image.shape}{_hint(image.shape)}")
    image = check_images(image[None], name="image")[0]
    if image.shape[-1] == 4:
        image = over_white(image)
    if image.shape[:2] == shape[:2]:
        return to_rgb(image) if shape[2] == 3 else to_grayscale(image)
    if image.dtype != np.uint8:  # which is what a file would hold
        image = np.rint(image * 255).astype(np.uint8)
    return fit_image(image, shape, preprocessing)


def _hint(shape: tuple[int, ...]) -> str:
    if len(shape) == 4:
        return " (predict_proba takes many)"
    if len(shape) == 3 and shape[0] in (1, 3, 4):
        return " (move the channels last: np.moveaxis(image, 0, -1))"
    return ""
