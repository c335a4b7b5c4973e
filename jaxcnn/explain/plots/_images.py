"""Images beside one another, each under its name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.explain.plots._checks import as_pictures, check_names
from jaxcnn.explain.plots._figure import GRAY, as_written, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Inches: of all images together, of the tallest, and of the white between two.
WIDTH, HEIGHT, GAP = 8.0, 2.2, 0.15


def plot_images(
    images: Sequence[ArrayLike], names: Sequence[str], *, title: str, caption: str = ""
) -> "Figure":
    """Show images side by side at one height, each under its name, pixels as they are.

    Args:
        images: One or more images `(H, W, 1)` or `(H, W, 3)`, uint8 or floats from 0 to 1; they
            may differ in size.
        names: What each of them is.
        title: What they are together.
        caption: What is to be seen in them.

    Returns:
        The figure: ``figure.savefig("images.png")`` writes it.

    Raises:
        TypeError: For images of another dtype.
        ValueError: For images of another shape or range, or not one name for each.
        ImportError: Where matplotlib is missing.

    Example:
        >>> from jaxcnn import explain
        >>> black, white = np.zeros((2, 2, 1)), np.ones((2, 4, 1))
        >>> figure = explain.plot_images([black, white], ["black", "white"], title="Extremes")
        >>> [axes.get_title() for axes in figure.axes]
        ['black', 'white']
    """
    if len(images) == 0:
        raise ValueError("images must hold at least one; got none")
    check_names("names", names, len(images), "images")
    pictures = [as_pictures(np.asarray(image)[None])[0] for image in images]
    aspects = [width / height for height, width, _ in (p.shape for p in pictures)]
    gaps = GAP * (len(aspects) + 1)
    height = min(HEIGHT, (WIDTH - gaps) / sum(aspects))
    size = max(height * sum(aspects) + gaps, 5), height + 0.9
    figure = new_figure(*size, title=title, caption=caption)
    cells = figure.subplots(1, len(pictures), width_ratios=aspects, squeeze=False)[0]

    for axes, picture, name in zip(cells, pictures, names, strict=True):
        axes.imshow(picture, interpolation="nearest")
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_color(GRAY)  # so that white pixels end somewhere
        axes.set_title(as_written(name), fontsize=10)
    return figure
