"""Rows of a page: words at the left, images side by side at the right."""

import math
from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.plots._checks import as_pictures
from jaxcnn.explain.plots._figure import GRAY, as_written, remove_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
    mosaic = np.ones((height, places * (width + gap) - gap, 3), np.float32)
    for place, picture in enumerate(pictures):
        mosaic[:, place * (width + gap) :][:, :width] = picture
    axes.imshow(mosaic, interpolation="nearest")
