"""What a unit sees of an image."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.explain.plots._checks import as_picture
from jaxcnn.explain.plots._figure import new_figure
from jaxcnn.explain.units._box import Box

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 5.0  # in inches
OUTSIDE = 0.35  # of its contrast, where the unit sees nothing


def plot_receptive_field(image: ArrayLike, box: Box, *, title: str = "Receptive field") -> "Figure":
    """Show an image with a frame around what a unit sees of it; the rest is pale.

    Args:
        image: `(H, W, 1)` or `(H, W, 3)`, uint8 or floats from 0 to 1.
        box: From `receptive_box`, or the `box` of what `explain_unit` returns.
        title: Which unit of which layer.

    Returns:
        The figure: ``figure.savefig("field.png")`` writes it.

    Raises:
        TypeError: For an image of an unfit dtype.
        ValueError: For an image of another shape, or a box that does not lie in it.
        ImportError: Where matplotlib is missing.

    Example:
        >>> from jaxcnn import explain
        >>> box = explain.Box(start=(2, 4), stop=(5, 8))
        >>> figure = explain.plot_receptive_field(np.zeros((8, 8, 3)), box, title="conv2")
        >>> figure.get_suptitle()
        'conv2'
    """
    picture = as_picture(image)
    check_box(picture, box)
    height = WIDTH * max(picture.shape[0] / picture.shape[1], 0.3)
    figure = new_figure(WIDTH, min(height, 8.0) + 1.1, title=title, caption=describe(picture, box))
    axes = figure.subplots()
    draw_box(axes, picture, box)
    axes.set(xlabel="column", ylabel="row")
    return figure


def check_box(picture: np.ndarray, box: Box) -> None:
    """Raise ValueError if a box is no part of an image."""
    sides = [*zip(box.start, box.stop, picture.shape, strict=False)]
    if len(box.start) != 2 or not all(0 <= start < stop <= side for start, stop, side in sides):
        raise ValueError(
            f"box must lie within the image, {picture.shape[0]}×{picture.shape[1]}, and hold at "
            f"least one pixel; got {box}"
        )


def draw_box(axes: "Axes", picture: np.ndarray, box: Box) -> None:
    """Draw `(H, W, 3)` with a frame around a box, pale outside of it."""
    from matplotlib.patches import Rectangle

    pale = 1 - OUTSIDE * (1 - picture)
    pale[box.slices] = picture[box.slices]
    axes.imshow(pale, interpolation="nearest")
    top, left, bottom, right = _edges(box)
    for color, linewidth in (("white", 5), ("black", 2.5)):  # to be seen on any ground
        axes.add_patch(
            Rectangle(
                (left - 0.5, top - 0.5),
                right - left,
                bottom - top,
                fill=False,
                edgecolor=color,
                linewidth=linewidth,
                clip_on=False,
            )
        )


def describe(picture: np.ndarray, box: Box) -> str:
    """Where a box lies, and how much of the image it is, in words."""
    top, left, bottom, right = _edges(box)
    height, width, _ = picture.shape
    share = (bottom - top) * (right - left) / (height * width)
    return (
        f"Within the frame: rows {top} to {bottom - 1} and columns {left} to {right - 1}, "
        f"{bottom - top}×{right - left} of {height}×{width} pixels ({share:.1%}). Nothing outside "
        "of it matters to the unit."
    )


def _edges(box: Box) -> tuple[int, int, int, int]:
    rows, columns = box.slices
    return rows.start, columns.start, rows.stop, columns.stop
