"""Draw many small images in one: grids of tiles, and rows of images beside their names."""

import math
from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.drawing._drawable import as_rgb_images
from jaxcnn.explain.drawing._figure import GRAY, as_written, remove_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes


MIN_PIXELS = 24
"""Pixels of a tile's longer side, at least; so the lines between tiles stay thin."""

PIXELS_BETWEEN = 2


def mosaic(tiles: np.ndarray, columns: int, *, between: float = np.nan) -> np.ndarray:
    """Put tiles side by side, row by row, into one image.

    Args:
        tiles: `(N, h, w)`, or `(N, h, w, 3)` colors.
        columns: Tiles per row.
        between: The value between tiles, and after the last tile of an incomplete row.

    Returns:
        One image, `(rows*down - 2, columns*right - 2)`, plus an axis of 3 for colored tiles. `down`
        and `right` are the distances in pixels from one tile to the next, from `pitch(h, w)`. Small
        tiles are enlarged.
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


def hatch_outside(drawn: np.ndarray, inside: np.ndarray, columns: int) -> np.ndarray:
    """Hatch what lies beyond the edges of images in a mosaic, so that it is not taken for pixels.

    Args:
        drawn: A mosaic of colored tiles.
        inside: `(N, h, w)` bool: which pixels of the tiles belong to an image.
        columns: Tiles per row.

    Returns:
        A copy of the mosaic with gray lines on white where `inside` is False.
    """
    outside = mosaic(~inside, columns, between=0) == 1
    distance = max(MIN_HATCH_DISTANCE, max(pitch(*inside.shape[1:])) // LINES_PER_TILE)
    rows, places = np.indices(outside.shape)
    is_line = (rows + places) % distance < distance // 4
    hatching = np.where(is_line, HATCH_GRAY, 1.0)
    return np.where(outside[..., None], hatching[..., None], drawn)


MIN_HATCH_DISTANCE, LINES_PER_TILE, HATCH_GRAY = 6, 6, 0.6
"""Pixels from one line to the next, at least; lines along a tile's side; and their gray."""


def pitch(h: int, w: int) -> tuple[int, int]:
    """Return the distance in pixels between the starts of neighboring tiles: (down, right)."""
    scale = _scale(h, w)
    return h * scale + PIXELS_BETWEEN, w * scale + PIXELS_BETWEEN


def middles(count: int, pitch: int) -> np.ndarray:
    """Return the positions of the middles of `count` rows or columns of tiles in a mosaic."""
    return pitch * np.arange(count) + (pitch - PIXELS_BETWEEN - 1) / 2


def columns_for(count: int) -> int:
    """Choose the number of columns for a mosaic that is about square and has few empty tiles."""
    root = math.sqrt(count)
    return min(range(math.ceil(root), math.ceil(1.6 * root) + 1), key=lambda c: (-count % c, c))


def number_rows(axes: "Axes", count: int, columns: int, down: int, name: str) -> None:
    """Write beside each row of a mosaic of `count` tiles the numbers of its first and last tile."""
    remove_frame(axes)
    starts = range(0, count, columns)
    ends = [min(start + columns, count) - 1 for start in starts]
    numbers = [f"{a}–{b}" if a < b else f"{a}" for a, b in zip(starts, ends, strict=True)]
    axes.set_yticks(middles(len(numbers), down), numbers, fontsize=9)
    axes.tick_params(length=0)
    axes.set_ylabel(name)


def _scale(h: int, w: int) -> int:
    return math.ceil(MIN_PIXELS / max(h, w))


# In inches: the width of a letter, an image's longer side, the gap between two images.
LETTER, SIDE, GAP = 0.09, 0.62, 0.08


def write_name(axes: "Axes", name: str, below: str, most_letters: int) -> None:
    """Write a name at the right end of its axes, with smaller text below it."""
    remove_frame(axes)
    axes.text(1, 0.52, as_written(name, most_letters), ha="right", va="bottom", fontsize=9)
    axes.text(1, 0.46, below, ha="right", va="top", fontsize=8, color=GRAY)


def draw_strip(axes: "Axes", images: np.ndarray, places: int) -> None:
    """Draw up to `places` images side by side; the rest of the strip stays white."""
    remove_frame(axes)
    axes.set_anchor("W")
    if not len(images):
        return
    pictures = as_rgb_images(images)
    _, height, width, _ = pictures.shape
    gap = math.ceil(GAP / SIDE * max(height, width))
    strip = np.ones((height, places * (width + gap) - gap, 3), np.float32)
    for place, picture in enumerate(pictures):
        strip[:, place * (width + gap) :][:, :width] = picture
    axes.imshow(strip, interpolation="nearest")
