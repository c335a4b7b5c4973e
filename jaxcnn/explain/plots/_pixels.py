"""An image as its grid of numbers."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.explain._as_numbers import CHANNELS, as_integers
from jaxcnn.explain.plots._figure import new_figure, remove_frame
from jaxcnn.explain.plots._number_grid import write_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CELLS = 32
"""Across and down: more would be too small to read."""

WIDTH, SMALLEST, LARGEST = 8.0, 0.24, 0.5  # inches: of the figure, of a cell
LIGHTNESS = (0.3, 0.59, 0.11)  # of pure red, green and blue, where white is 1


def plot_numbers(image: ArrayLike, *, title: str = "What a computer sees") -> "Figure":
    """Show an image as its grid of numbers, each in a cell as light as the number is large.

    A colour image is three grids, one a colour.

    Args:
        image: `(H, W)` or `(H, W, 1)` gray, at most 32×32, or `(H, W, 3)` colours, at most
            32×10: integers from 0 to 255, or floats from 0 to 1, which become 0 to 255.
        title: What it shows.

    Returns:
        The figure: ``figure.savefig("numbers.png")`` writes it.

    Raises:
        TypeError: For an image that is neither integers nor floats.
        ValueError: For another shape, a larger image, or numbers out of range.
        ImportError: Where matplotlib is missing.

    Example:
        >>> from jaxcnn import explain
        >>> figure = explain.plot_numbers([[0, 255, 0], [255, 255, 255]])
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['0', '255', '0', '255', '255', '255']
    """
    numbers = as_integers(image)
    _check(numbers)
    height, width, channels = numbers.shape
    cell = min(LARGEST, max(SMALLEST, (WIDTH - 0.4) / (width * channels)))
    figure = new_figure(
        max(cell * width * channels + 0.4, 5.0),
        cell * height + (1.4 if channels == 3 else 1.1),
        title=title,
        caption=_caption(numbers),
    )
    for channel, axes in enumerate(np.atleast_1d(figure.subplots(1, channels))):
        _draw(axes, numbers[..., channel], cell, channel if channels == 3 else None)
    return figure


def _check(numbers: np.ndarray) -> None:
    height, width, channels = numbers.shape
    most = MOST_CELLS // channels
    if height > MOST_CELLS or width > most:
        raise ValueError(
            f"image must be at most {MOST_CELLS} rows × {most} columns for its numbers to be "
            f"read; got {height}×{width}; cut a piece out of it: image[:{most}, :{most}]"
        )
    if numbers.min() < 0 or numbers.max() > 255:
        raise ValueError(
            f"image must lie between 0 and 255; got {numbers.min()} to {numbers.max()}"
        )


def _draw(axes: "Axes", plane: np.ndarray, cell: float, channel: int | None) -> None:
    """Draw one plane in gray, or in the red, green or blue that it stands for."""
    shades = plane / 255
    colors = shades[..., None] * (np.ones(3) if channel is None else np.eye(3)[channel])
    axes.imshow(colors, interpolation="nearest")
    remove_frame(axes)
    lightness = shades * (1 if channel is None else LIGHTNESS[channel])
    write_numbers(axes, plane, cell, colors=np.where(lightness < 0.45, "white", "black"))
    if channel is not None:
        axes.set_title(CHANNELS[channel], fontsize=10)


def _caption(numbers: np.ndarray) -> str:
    height, width, channels = numbers.shape
    if channels == 1:
        return (
            f"{height}×{width} = {height * width:,} numbers from 0 (black) to 255 (white), one a "
            "pixel."
        )
    return (
        f"{height}×{width}×3 = {height * width * 3:,} numbers, three a pixel: how much red, green "
        "and blue, from 0 (none of it, black) to 255 (all of it)."
    )
