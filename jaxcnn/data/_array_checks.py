"""Checks of images and labels on the host, where a wrong value can still be named.

Inside a compiled loss a label out of range or a NaN pixel is silent, so they are caught here.
"""

import numpy as np
from numpy.typing import ArrayLike


def check_arrays(
    images: ArrayLike,
    labels: ArrayLike,
    num_classes: int,
    *,
    name: str = "dataset",
    multilabel: bool = False,
) -> np.ndarray:
    """Check that images and labels are fit for training, and count the classes.

    Args:
        images: `(N, H, W, C)`, uint8 in 0..255, or floating point in [0, 1].
        labels: `(N,)`, integers in 0..num_classes-1. Multilabel: `(N, num_classes)`, each 0 or 1,
            integers or booleans.
        num_classes: How many classes there are; some may have no example.
        name: What error messages call the data, e.g. `"train"`.
        multilabel: Whether an image may show any number of the classes.

    Returns:
        The number of examples of each class, `(num_classes,)` int64.

    Raises:
        TypeError: If a dtype is wrong.
        ValueError: If a shape or a value is wrong.

    Example:
        >>> images = np.zeros((4, 32, 32, 3), np.uint8)
        >>> check_arrays(images, [0, 2, 2, 1], num_classes=3).tolist()
        [1, 1, 2]
    """
    images, labels = check_images(images, name=f"{name}: images"), np.asarray(labels)
    if multilabel:
        _check_multilabel(labels, (len(images), num_classes), f"{name}: labels")
    else:
        _check_label_shape(labels, len(images), f"{name}: labels")
        _check_label_values(labels, num_classes, f"{name}: labels")
    return count_classes(labels, num_classes)


def count_classes(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """The number of examples of each class; `labels` are good, `(N,)` or `(N, num_classes)`."""
    if labels.ndim == 2:
        return labels.sum(axis=0, dtype=np.int64)
    return np.bincount(labels, minlength=num_classes)


def check_images(images: ArrayLike, *, name: str = "images") -> np.ndarray:
    """Check that images are fit to be fed to a network.

    Args:
        images: `(N, H, W, C)`, uint8 in 0..255, or floating point in [0, 1].
        name: What error messages call them.

    Returns:
        The images, as a NumPy array.

    Raises:
        TypeError: If the dtype is wrong.
        ValueError: If the shape or a value is wrong.

    Example:
        >>> check_images(np.zeros((4, 28, 28), np.uint8))
        Traceback (most recent call last):
        ValueError: images: expected shape (N, H, W, C), got (4, 28, 28); for gray images ...
    """
    images = np.asarray(images)
    _check_image_shape(images, name)
    check_pixels(images, name)
    return images


def _check_image_shape(images: np.ndarray, what: str) -> None:
    shape = images.shape
    if images.ndim != 4:
        hint = "; for gray images add the channel axis: images[..., None]" * (images.ndim == 3)
        raise ValueError(f"{what}: expected shape (N, H, W, C), got {shape}{hint}")
    if 0 in shape:
        raise ValueError(f"{what}: expected at least one image and one pixel, got shape {shape}")
    if shape[1] in (1, 3, 4) and min(shape[2:]) > 4:
        raise ValueError(
            f"{what}: expected shape (N, H, W, C), got {shape}, which looks like (N, C, H, W); "
            "move the channels last: images.transpose(0, 2, 3, 1)"
        )


def check_pixels(images: np.ndarray, what: str) -> None:
    """Raise unless pixels are uint8, or finite floats from 0 to 1.

    Args:
        images: An array of any shape with at least one pixel.
        what: What error messages call it, such as `"images"`.

    Raises:
        TypeError: If the dtype is neither uint8 nor floating point.
        ValueError: If a value is not finite, or outside of [0, 1].

    Example:
        >>> check_pixels(np.array([0.0, 255.0]), "images")
        Traceback (most recent call last):
        ValueError: images: expected floats within [0, 1], got values from 0 to 255; ...
    """
    if images.dtype == np.uint8:
        return
    if not np.issubdtype(images.dtype, np.floating):
        raise TypeError(f"{what}: expected dtype uint8 or float32, got {images.dtype}")
    low, high = images.min(), images.max()  # a NaN anywhere makes both of them NaN
    if not (np.isfinite(low) and np.isfinite(high)):
        index = _first_index(~np.isfinite(images))
        raise ValueError(f"{what}: expected finite values, got {images[index]} at {index}")
    if low < 0 or high > 1:
        hint = "; it looks like 0-255 floats: divide by 255" if low >= 0 and high <= 255 else ""
        raise ValueError(
            f"{what}: expected floats within [0, 1], got values from {low:g} to {high:g}{hint}"
        )


def _check_label_shape(labels: np.ndarray, n: int, what: str) -> None:
    if labels.ndim == 2 and len(labels) == n and labels.shape[1] > 1:
        raise ValueError(
            f"{what}: expected integers of shape ({n},), got shape {labels.shape}, "
            "which looks one-hot: use labels.argmax(axis=1), "
            "or multilabel=True if an image may show several classes"
        )
    if labels.ndim != 1:
        raise ValueError(f"{what}: expected shape ({n},), got {labels.shape}")
    if len(labels) != n:
        raise ValueError(f"{what}: expected {n}, one for each image, got {len(labels)}")


def _check_label_values(labels: np.ndarray, num_classes: int, what: str) -> None:
    if not np.issubdtype(labels.dtype, np.integer):
        raise TypeError(f"{what}: expected an integer dtype, got {labels.dtype}")
    wrong = (labels < 0) | (labels >= num_classes)
    if wrong.any():
        index = _first_index(wrong)
        raise ValueError(
            f"{what}: expected 0 to {num_classes - 1}, got {labels[index]} at {index} "
            f"({wrong.sum()} of {len(labels)} are out of range)"
        )


def _check_multilabel(labels: np.ndarray, shape: tuple[int, int], what: str) -> None:
    if labels.shape != shape:
        raise ValueError(
            f"{what}: expected shape {shape}, one 0 or 1 for each image and class, "
            f"got {labels.shape}"
        )
    if labels.dtype != bool and not np.issubdtype(labels.dtype, np.integer):
        raise TypeError(f"{what}: expected integers 0 and 1 or booleans, got {labels.dtype}")
    wrong = (labels < 0) | (labels > 1)
    if wrong.any():
        index = _first_index(wrong)
        raise ValueError(
            f"{what}: expected 0 or 1, got {labels[index]} at {index} "
            f"({wrong.sum()} of {labels.size} are neither)"
        )


def _first_index(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(np.argmax(mask), mask.shape))
