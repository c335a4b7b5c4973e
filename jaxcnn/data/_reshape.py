"""Resize images to the shape that a network takes, and convert between gray and color."""

import dataclasses
from typing import Literal, get_args

import jax
import numpy as np

from jaxcnn.data._dataset import Dataset
from jaxcnn.data.pictures._load_image import to_grayscale, to_rgb

Method = Literal["bilinear", "nearest", "pad"]

# Images resized at a time, so that a large set need not fit in the device's memory as floats.
CHUNK = 4096


def to_shape(
    dataset: Dataset, shape: tuple[int, int, int], *, method: Method = "bilinear"
) -> Dataset:
    """Resize the images of a data set, and convert them between gray and color.

    Args:
        dataset: A data set of images with 1 or 3 channels.
        shape: The new shape of one image, ``(H, W, C)`` with C 1 or 3.
        method: ``"bilinear"`` or ``"nearest"`` resize the images; ``"pad"`` centers them,
            unchanged, on black.

    Returns:
        The data set with images of `shape`; labels, names and dtype are unchanged.

    Raises:
        ValueError: If `shape` or `method` is none of the above. If the images do not fit into the
            padded shape. If the data set does not hold images.

    Example:
        >>> data = Dataset(np.zeros((2, 28, 28, 1), np.uint8), [0, 1], ("a", "b"))
        >>> to_shape(data, (32, 32, 3), method="pad").input_shape
        (32, 32, 3)
    """
    if dataset.kind != "images":
        raise ValueError(f"dataset: expected images, got {dataset.kind}")
    return dataclasses.replace(dataset, images=resize_images(dataset.images, shape, method=method))


def resize_images(
    images: np.ndarray, shape: tuple[int, int, int], *, method: Method = "bilinear"
) -> np.ndarray:
    """Resize images, and convert them between gray and color.

    Args:
        images: ``(N, H, W, C)`` with C 1 or 3.
        shape: The new shape of one image, ``(H, W, C)`` with C 1 or 3.
        method: ``"bilinear"`` or ``"nearest"`` resize the images; ``"pad"`` centers them,
            unchanged, on black.

    Returns:
        The images, ``(N, *shape)``, of the same dtype.

    Raises:
        ValueError: If `shape` or `method` is none of the above, or the images do not fit into the
            padded shape.
    """
    if len(shape) != 3 or min(shape) < 1 or shape[2] not in (1, 3):
        raise ValueError(f"shape: expected (H, W, C) with C 1 or 3, got {shape}")
    if method not in get_args(Method):
        raise ValueError(f"method: expected one of {get_args(Method)}, got {method!r}")
    if images.shape[1:3] != shape[:2]:
        size = shape[:2]
        images = _pad(images, size) if method == "pad" else _resize(images, size, method)
    return to_rgb(images) if shape[2] == 3 else to_grayscale(images)


def _pad(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    missing = np.subtract(size, images.shape[1:3])
    if (missing < 0).any():
        raise ValueError(
            f"shape: expected at least {images.shape[1:3]}, the size of the images to pad, got "
            f"{size}"
        )
    (top, left), (bottom, right) = missing // 2, missing - missing // 2
    return np.pad(images, ((0, 0), (top, bottom), (left, right), (0, 0)))


def _resize(images: np.ndarray, size: tuple[int, int], method: str) -> np.ndarray:
    resized = np.empty((len(images), *size, images.shape[-1]), images.dtype)
    for start in range(0, len(images), CHUNK):
        chunk = images[start : start + CHUNK]
        shape = (len(chunk), *resized.shape[1:])
        values = np.asarray(jax.image.resize(chunk.astype(np.float32), shape, method))
        if images.dtype == np.uint8:
            values = np.rint(values)
        resized[start : start + CHUNK] = values
    return resized
