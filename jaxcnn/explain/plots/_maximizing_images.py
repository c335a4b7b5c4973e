"""Images made up to be what a class, or a channel, answers to most."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.explain.plots._checks import as_pictures, check_names
from jaxcnn.explain.plots._figure import as_written, new_figure, remove_frame
from jaxcnn.explain.plots._mosaic import columns_for
from jaxcnn.explain.plots._signed import as_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_IMAGES = 64
WIDTH = 7.0  # in inches


def plot_maximizing_images(
    images: ArrayLike,
    names: Sequence[str],
    *,
    values: ArrayLike | None = None,
    title: str = "What the network answers to most",
) -> "Figure":
    """Show images that were synthesised to make a class, or a channel, as large as possible.

    Args:
        images: `(N, H, W, 1)` or `(N, H, W, 3)`, uint8 or floats from 0 to 1, as
            `activation_maximization` makes them; at most 64.
        names: Which class, or channel, each was made for.
        values: `(N,)`: how large it became.
        title: Which network, trained on what.

    Returns:
        The figure: ``figure.savefig("maximizing.png")`` writes it.

    Raises:
        TypeError: For images of an unfit dtype.
        ValueError: For shapes that do not fit together, floats outside 0 to 1, or more than 64.
        ImportError: Where matplotlib is missing.

    Example:
        >>> from jaxcnn import explain
        >>> figure = explain.plot_maximizing_images(np.zeros((2, 8, 8, 3)), ["cat", "dog"])
        >>> [axes.get_title() for axes in figure.axes]
        ['cat', 'dog']
    """
    pictures = as_pictures(images)
    reached = None if values is None else np.asarray(values, np.float32)
    _check(len(pictures), names, reached)
    columns = columns_for(len(pictures))
    rows = math.ceil(len(pictures) / columns)
    _, height, width, _ = pictures.shape
    side = min(WIDTH / columns, 1.9)
    figure = new_figure(
        max(side * columns, 4.0),
        rows * (side * height / width + (0.2 if reached is None else 0.35)) + 0.9,
        title=title,
        caption=_caption(reached),
    )
    cells = figure.add_gridspec(rows, columns)
    for place, picture in enumerate(pictures):
        axes = figure.add_subplot(cells[divmod(place, columns)])
        axes.imshow(picture, interpolation="nearest")
        remove_frame(axes)
        value = "" if reached is None else f"\n{as_number(float(reached[place]))}"
        axes.set_title(as_written(names[place], 14) + value, fontsize=9)
    return figure


def _check(n: int, names: Sequence[str], values: np.ndarray | None) -> None:
    if n > MOST_IMAGES:
        raise ValueError(f"images must be at most {MOST_IMAGES} to be readable; got {n}")
    check_names("names", names, n, "images")
    if values is not None and values.shape != (n,):
        raise ValueError(f"values must have shape ({n},), one an image; got {values.shape}")


def _caption(values: np.ndarray | None) -> str:
    below = "" if values is None else " Below each name: what the network answered to it."
    return (
        "No photographs: each image was changed step by step until what stands above it was as "
        f"large as it got.{below}"
    )
