"""Image files and colours: what a computer sees is an array of 0..255."""

import os

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.data._errors import DataError, import_extra


def load_image(path: str | os.PathLike[str]) -> np.ndarray:
    """Read an image file (JPEG, PNG and what else Pillow reads) as an array.

    Args:
        path: The file. Gray images become colour images; transparency is dropped.

    Returns:
        `(H, W, 3)` uint8, in the order red, green, blue.

    Raises:
        FileNotFoundError: If there is no such file.
        DataError: If the file is no image, or damaged.
        ImportError: If Pillow is not installed.
    """
    pillow = import_extra("PIL.Image")
    try:
        with open(path, "rb") as file, pillow.open(file) as image:
            return np.array(image.convert("RGB"))
    except (OSError, SyntaxError) as error:  # both are how Pillow reports a damaged file
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk: not found, not readable
        raise DataError(f"{os.fspath(path)}: not an image, or a damaged one: {error}") from error


def to_rgb(images: ArrayLike) -> np.ndarray:
    """Give images three channels: gray is repeated, alpha dropped, RGB returned as it is.

    Args:
        images: One gray image `(H, W)`, or `(..., H, W, C)` with 1, 3 or 4 channels.

    Returns:
        `(..., H, W, 3)` of the same dtype.

    Raises:
        ValueError: If the shape is none of these.

    Example:
        >>> to_rgb(np.array([[0, 255]], np.uint8)).tolist()
        [[[0, 0, 0], [255, 255, 255]]]
    """
    images = _with_channels(images)
    return np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images[..., :3]


def to_grayscale(images: ArrayLike) -> np.ndarray:
    r"""Give images one channel, their brightness: :math:`0.299 R + 0.587 G + 0.114 B`.

    Args:
        images: One gray image `(H, W)`, or `(..., H, W, C)` with 1, 3 or 4 channels.

    Returns:
        `(..., H, W, 1)` of the same dtype; integers are rounded.

    Raises:
        ValueError: If the shape is none of these.

    Reference:
        ITU-R Recommendation BT.601

    Example:
        >>> to_grayscale(np.array([[[255, 105, 180]]], np.uint8)).tolist()
        [[[158]]]
    """
    images = _with_channels(images)
    if images.shape[-1] == 1:
        return images
    gray = images[..., :3] @ np.array([[0.299], [0.587], [0.114]])
    return (np.rint(gray) if np.issubdtype(images.dtype, np.integer) else gray).astype(images.dtype)


def _with_channels(images: ArrayLike) -> np.ndarray:
    images = np.asarray(images)
    if images.ndim == 2:
        images = images[..., None]
    if images.ndim < 3 or images.shape[-1] not in (1, 3, 4):
        raise ValueError(
            f"images: expected shape (H, W) or (..., H, W, C) with 1, 3 or 4 channels, got "
            f"{images.shape}"
        )
    return images
