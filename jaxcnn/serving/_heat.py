"""Heat maps as transparent pictures, and in words."""

import numpy as np

COLOR = (230, 60, 20)
"""The color of a heat map, which covers the picture where the map is large."""

MAX_OPACITY = 200
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "center", "right")


def heat_picture(heat: np.ndarray) -> np.ndarray:
    """Return a heat map as a picture ``(H, W, 4)`` uint8 that is as opaque as the map is large.

    Args:
        heat: ``(H, W)``, not negative.
    """
    largest = float(heat.max())
    share = heat / largest if largest > 0 else np.zeros_like(heat)
    picture = np.empty((*heat.shape, 4), np.uint8)
    picture[..., :3] = COLOR
    picture[..., 3] = np.rint(np.clip(share, 0, 1) * MAX_OPACITY)
    return picture


def place_in_words(heat: np.ndarray) -> str | None:
    """Say in which ninth of the picture a heat map has the largest sum; None if it is 0 everywhere.

    Example:
        >>> place_in_words(np.eye(3) * [1, 2, 5])
        'bottom right'
    """
    if not heat.max() > 0:
        return None
    thirds = [np.array_split(rows, 3, axis=1) for rows in np.array_split(heat, 3)]
    sums = np.array([[part.sum() for part in row] for row in thirds])
    row, column = np.unravel_index(sums.argmax(), sums.shape)
    words = f"{ROWS[row]} {COLUMNS[column]}"
    return "center" if words == "middle center" else words
