"""An image of Pillow: its size from the header alone, and its pixels as an array."""

from typing import Any

import numpy as np

from jaxcnn._support.extras import import_extra
from jaxcnn.data._errors import DataError

ORIENTATION = 0x0112
"""The EXIF entry that says how an image is turned."""


def size_of(image: Any) -> tuple[int, int]:
    """Return the height and width of an image of Pillow, rotated as its EXIF data say."""
    width, height = image.size
    return (width, height) if _orientation(image) in (5, 6, 7, 8) else (height, width)


def channels_of(image: Any) -> int:
    """Return the number of channels of `pixels_of`, 1 or 3, from the header alone."""
    is_gray = image.mode in ("1", "L") and not image.has_transparency_data
    return 1 if is_gray or image.mode.startswith("I") else 3


def pixels_of(image: Any) -> np.ndarray:
    """Return the pixels of an image of Pillow, ``(H, W, C)`` uint8 with C 1 (gray) or 3.

    The image is rotated as its EXIF data say, and transparent parts become white.
    """
    image = _apply_orientation(image)
    if image.mode.startswith("I"):
        return _upper_bits(np.asarray(image))
    if image.mode == "F":
        raise DataError("expected pixels of 8 or 16 bits, got floating-point numbers")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        pillow = import_extra("PIL.Image")
        white = pillow.new("RGBA", image.size, "white")
        image = pillow.alpha_composite(white, image)
    elif image.mode in ("1", "L"):
        return np.array(image.convert("L"))[..., None]
    return np.array(image.convert("RGB"))


def _upper_bits(pixels: np.ndarray) -> np.ndarray:
    if pixels.min() < 0 or pixels.max() >= 2**16:
        raise DataError("expected pixels of 8 or 16 bits, got more")
    return (pixels >> 8).astype(np.uint8)[..., None]


def _apply_orientation(image):
    """Rotate or flip an image as its EXIF data say."""
    transpose = import_extra("PIL.Image").Transpose
    operations = {
        2: transpose.FLIP_LEFT_RIGHT,
        3: transpose.ROTATE_180,
        4: transpose.FLIP_TOP_BOTTOM,
        5: transpose.TRANSPOSE,
        6: transpose.ROTATE_270,
        7: transpose.TRANSVERSE,
        8: transpose.ROTATE_90,
    }
    image.load()  # damaged pixels raise here, and are not mistaken for damaged EXIF data
    orientation = _orientation(image)
    return image.transpose(operations[orientation]) if orientation in operations else image


def _orientation(image: Any) -> int | None:
    """Return the entry of the EXIF data that says how to turn an image; None if there is none."""
    try:
        return image.getexif().get(ORIENTATION)
    except Exception:  # for damaged EXIF data, Pillow raises errors of many types
        return None
