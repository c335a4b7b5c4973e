"""Many small pictures in one image: grids of tiles, and rows of images beside their names."""

import math
from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.drawing._drawable import as_pictures
from jaxcnn.explain.drawing._figure import GRAY, as_written, remove_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes


LEAST_PIXELS = 24
"""A tile's longer side is drawn with at least so many, so that the lines between tiles are thin."""

PIXELS_BETWEEN = 2


def mosaic(tiles: np.ndarray, columns: int, *, between: float = np.nan) -> np.ndarray:
    """Put tiles side by side, row by row.

    Args:
        tiles: `(N, h, w)`, or `(N, h, w, 3)` colors.
        columns: How many a row.
        between: What stands between them, and where the last row ends early.

    Returns:
        `(rows·down − 2, columns·right − 2)`, with the tiles' colors if they have any, where
        ``down, right = pitch(tiles)``.
    """
    n, h, w, *colors = tiles.shape
    scale = _scale(h, w)
    tiles = tiles.repeat(scale, axis=1).repeat(scale, axis=2)
    down, right = pitch(h, w)
    whole = np.full((math.ceil(n / columns) * down, columns * right, *colors), between, np.float32)
    for place, tile in enumerate(tiles):
        row, column = divmod(place, columns)
        whole[row * down :, column * right :][: h * scale, : w * scale] = tile
    return whole[:-PIXELS_BETWEEN, :-PIXELS_BETWEEN]


def pitch(h: int, w: int) -> tuple[int, int]:
    """How many pixels of a mosaic lie between the starts of tiles of `h`×`w`: down, and right."""
    scale = _scale(h, w)
    return h * scale + PIXELS_BETWEEN, w * scale + PIXELS_BETWEEN


def middles(count: int, pitch: int) -> np.ndarray:
    """Where the middles of `count` rows, or columns, of tiles lie in the mosaic."""
    return pitch * np.arange(count) + (pitch - PIXELS_BETWEEN - 1) / 2


def columns_for(count: int) -> int:
    """How many columns make a page that is about square and leaves few places empty."""
    root = math.sqrt(count)
    return min(range(math.ceil(root), math.ceil(1.6 * root) + 1), key=lambda c: (-count % c, c))


def number_rows(axes: "Axes", count: int, columns: int, down: int, name: str) -> None:
    """Write beside each row of `count` tiles which of them stand in it."""
    remove_frame(axes)
    starts = range(0, count, columns)
    ends = [min(start + columns, count) - 1 for start in starts]
    numbers = [f"{a}–{b}" if a < b else f"{a}" for a, b in zip(starts, ends, strict=True)]
    axes.set_yticks(middles(len(numbers), down), numbers, fontsize=9)
    axes.tick_params(length=0)
    axes.set_ylabel(name)


def _scale(h: int, w: int) -> int:
    return math.ceil(LEAST_PIXELS / max(h, w))


# Inches: a letter of a name, a picture's longer side, the white between two pictures.
LETTER, SIDE, GAP = 0.09, 0.62, 0.08


def write_name(axes: "Axes", name: str, below: str, most_letters: int) -> None:
    """Words at the right end of their place, with smaller ones below them."""
    remove_frame(axes)
    axes.text(1, 0.52, as_written(name, most_letters), ha="right", va="bottom", fontsize=9)
    axes.text(1, 0.46, below, ha="right", va="top", fontsize=8, color=GRAY)


def draw_strip(axes: "Axes", images: np.ndarray, places: int) -> None:
    """Up to `places` images side by side; the places that no image fills stay white."""
    remove_frame(axes)
    axes.set_anchor("W")
    if not len(images):
        return
    pictures = as_pictures(images)
    _, height, width, _ = pictures.shape
    gap = math.ceil(GAP / SIDE * max(height, width))
    strip = np.ones((height, places * (width + gap) - gap, 3), np.float32)
    for place, picture in enumerate(pictures):
        strip[:, place * (width + gap) :][:, :width] = picture
    axes.imshow(strip, interpolation="nearest")
