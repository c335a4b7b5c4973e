"""Checks of the values of pixels."""

import numpy as np

from jaxcnn._support.arrays import exactly, within_rounding
from jaxcnn.data.tasks._task import first_index

MOST_OF_NORMALIZED = 10
"""Values up to this size, on both sides of 0, look like pixels that were normalized before."""


def check_pixels(images: np.ndarray, what: str) -> np.ndarray:
    """Return pixels; raise unless they are uint8, or finite floats from 0 to 1.

    Floats that are outside [0, 1] only by rounding are clipped. The tolerance is four times the
    precision of float32, or of float16 if the array is float16.

    Args:
        images: An array of any shape with at least one pixel.
        what: Name of the array in error messages, such as ``"images"``.

    Returns:
        The array; floats are clipped to [0, 1].

    Raises:
        TypeError: If the dtype is neither uint8 nor floating point.
        ValueError: If a value is not finite, or outside [0, 1].

    Example:
        >>> check_pixels(np.array([0.0, 255.0]), "images")
        Traceback (most recent call last):
        ValueError: images: expected floats within [0, 1], got values from 0 to 255 (they ...
    """
    if images.dtype == np.uint8:
        return images
    if not np.issubdtype(images.dtype, np.floating):
        hint = _dtype_hint(images)
        raise TypeError(f"{what}: expected dtype uint8 or float32, got {images.dtype}{hint}")
    low, high = images.min(), images.max()  # both are NaN if any pixel is
    if not (np.isfinite(low) and np.isfinite(high)):
        index = first_index(~np.isfinite(images))
        raise ValueError(f"{what}: expected finite values, got {images[index]} at {index}")
    if low >= 0 and high <= 1:
        return images
    if (clipped := within_rounding(images)) is not None:
        return clipped
    hint = " (divide by the largest possible value)" if low >= 0 and high > 255 else ""
    if low >= 0 and 2 <= high <= 255:
        hint = " (they look like floats from 0 to 255: divide by 255)"
    if low < 0 < high and max(-low, high) <= MOST_OF_NORMALIZED:
        hint = (
            " (they look normalized: pass the pixels before normalization, because the network "
            "scales them, as fit(normalization=) says)"
        )
    raise ValueError(
        f"{what}: expected floats within [0, 1], got values from {exactly(low)} to "
        f"{exactly(high)}{hint}"
    )


def _dtype_hint(images: np.ndarray) -> str:
    """Say how pixels that are integers or booleans become uint8 or floats."""
    if images.dtype.kind not in "biu":
        return ""
    low, high = images.min(), images.max()
    if low < 0 or high > 255:
        return " (divide by the largest possible value)"
    return f" (.astype(np.{'uint8' if high > 1 else 'float32'}) makes them so)"
