"""An image as the numbers that it is."""

import numpy as np
from numpy.typing import ArrayLike

CHANNELS = ("red", "green", "blue")


def as_numbers(image: ArrayLike) -> str:
    """Write an image as the numbers that a computer sees: a line a row of pixels.

    Args:
        image: `(H, W)` or `(H, W, 1)` gray, or `(H, W, 3)` colours: uint8 or other integers as
            they are, or floats from 0 to 1, which become 0 to 255.

    Returns:
        The lines; of a colour image, those of each colour below its name.

    Raises:
        TypeError: For an image that is neither integers nor floats.
        ValueError: For another shape, or floats outside 0 to 1.

    Example:
        >>> print(as_numbers([[0, 255, 0], [255, 255, 255]]))
          0 255   0
        255 255 255
    """
    planes = np.moveaxis(as_integers(image), -1, 0)
    digits = max(len(str(planes.max())), len(str(planes.min())))
    texts = ["\n".join(" ".join(f"{x:{digits}}" for x in row) for row in plane) for plane in planes]
    if len(planes) == 1:
        return texts[0]
    return "\n\n".join(f"{name}\n{text}" for name, text in zip(CHANNELS, texts, strict=True))


def as_integers(image: ArrayLike) -> np.ndarray:
    """The numbers of an image `(H, W)` or `(H, W, C)` as integers `(H, W, C)`, C 1 or 3.

    Raises:
        TypeError: For an image that is neither integers nor floats.
        ValueError: For another shape, or floats outside 0 to 1.
    """
    numbers = np.asarray(image)
    if numbers.ndim == 2:
        numbers = numbers[..., None]
    if numbers.ndim != 3 or numbers.shape[-1] not in (1, 3) or numbers.size == 0:
        raise ValueError(
            f"image must have shape (H, W), (H, W, 1) or (H, W, 3), none 0; got {np.shape(image)}"
        )
    if np.issubdtype(numbers.dtype, np.integer):
        return numbers
    if not np.issubdtype(numbers.dtype, np.floating):
        raise TypeError(f"image must be integers or floating point; got {numbers.dtype}")
    if not (numbers.min() >= 0 and numbers.max() <= 1):
        raise ValueError(
            "image in floating point must lie between 0 and 1, as pixels divided by 255 do; "
            f"got {numbers.min():.3g} to {numbers.max():.3g}"
        )
    return np.rint(numbers * 255).astype(np.int64)
