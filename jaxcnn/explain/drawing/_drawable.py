"""Check arrays before anything is drawn, and convert them to images from 0 to 1."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arrays import as_array, exactly, within_rounding
from jaxcnn.explain._inputs import as_numpy


def check_names(argument: str, names: Sequence[object], count: int, things: str) -> None:
    """Raise ValueError unless there is one name per thing; `argument` is the names' name."""
    if len(names) != count:
        raise ValueError(
            f"{argument}: expected one for each of the {count} {things}, got {len(names)}"
        )


def as_rgb_images(images: ArrayLike) -> np.ndarray:
    """Return images as `(N, H, W, 3)`, floats from 0 to 1, ready to be drawn."""
    pictures = as_numpy(images)
    if pictures.ndim != 4 or pictures.shape[-1] not in (1, 3) or 0 in pictures.shape:
        raise ValueError(
            "images: expected shape (N, H, W, 1) or (N, H, W, 3) and at least one image, "
            f"got {pictures.shape}"
        )
    if pictures.dtype == np.uint8:
        pictures = pictures / 255
    if not np.issubdtype(pictures.dtype, np.floating):
        raise TypeError(f"images: expected uint8 or floating point, got {pictures.dtype}")
    found = within_rounding(pictures)
    if found is None:
        raise ValueError(
            "images: expected floats from 0 to 1, as before normalization, "
            f"got {exactly(pictures.min())} to {exactly(pictures.max())}"
        )
    return np.broadcast_to(found, (*pictures.shape[:3], 3)).astype(np.float32)


def as_finite(name: str, values: ArrayLike, shapes: str, ranks: Sequence[int]) -> np.ndarray:
    """Return `values` as float32, checked.

    Args:
        name: The argument's name in error messages.
        values: Numbers.
        shapes: The possible shapes in words, such as "(H, W) or (H, W, C)".
        ranks: The numbers of axes of these shapes.

    Raises:
        ValueError: If the rank is another one, the array is empty, or values are NaN or infinite.
    """
    numbers = as_array(name, values)
    if numbers.ndim not in ranks or numbers.size == 0:
        raise ValueError(f"{name}: expected shape {shapes}, none 0, got {numbers.shape}")
    numbers = numbers.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name}: expected finite values, got some that are NaN or infinite")
    return numbers


def as_rgb_image(image: ArrayLike) -> np.ndarray:
    """Return one image as `(H, W, 3)`, floats from 0 to 1; `(H, W)` is gray."""
    picture = as_numpy(image, name="image")
    if picture.ndim == 2:
        picture = picture[..., None]
    if picture.ndim != 3:
        raise ValueError(f"image: expected shape (H, W) or (H, W, C), got {picture.shape}")
    return as_rgb_images(picture[None])[0]
