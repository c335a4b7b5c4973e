"""What the filters of a convolution look like."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.explain.plots._figure import new_figure, remove_frame

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_TILES = 256
PIXELS_A_WEIGHT, PIXELS_BETWEEN = 4, 2


def plot_filters(kernel: ArrayLike, *, title: str = "First-layer filters") -> "Figure":
    """Show the filters of a convolution as a grid of small images.

    Filters over three input channels are shown as colours; others as one gray image for each
    filter and input channel. Each filter is scaled on its own: mid-gray is a weight of 0,
    black and white are minus and plus its largest absolute weight.

    Args:
        kernel: Weights `(h, w, in, out)`.
        title: Which layer of which network, trained on what.

    Returns:
        The figure: ``figure.savefig("filters.png")`` writes it. It holds at most 256 tiles.

    Raises:
        ValueError: For a kernel of another rank, an empty one, or weights that are not finite.
        ImportError: Where matplotlib is missing.

    Example:
        >>> from jaxcnn import explain
        >>> figure = explain.plot_filters(np.ones((5, 5, 3, 16)), title="classic on CIFAR-10")
        >>> len(figure.axes)
        1
    """
    weights = np.asarray(kernel, np.float32)
    if weights.ndim != 4 or weights.size == 0:
        raise ValueError(f"kernel must have shape (h, w, in, out), none 0; got {weights.shape}")
    if not np.isfinite(weights).all():
        raise ValueError("kernel must be finite; it holds NaN or infinite weights")
    tiles = _tiles(weights)
    columns = math.ceil(math.sqrt(len(tiles)))
    mosaic = _mosaic(tiles[:MOST_TILES], min(columns, math.ceil(math.sqrt(MOST_TILES))))
    width = 7.0
    height = width * mosaic.shape[0] / mosaic.shape[1] + 1
    figure = new_figure(width, height, title=title, caption=_caption(weights, len(tiles)))
    axes = figure.subplots()
    axes.imshow(mosaic, interpolation="nearest")
    remove_frame(axes)
    return figure


def _tiles(weights: np.ndarray) -> np.ndarray:
    """Images `(tiles, h, w, 3)` from 0 to 1, filter after filter."""
    largest = np.abs(weights).max(axis=(0, 1, 2), keepdims=True)
    shades = 0.5 + 0.5 * weights / np.where(largest == 0, 1, largest)
    h, w, channels, _ = weights.shape
    if channels == 3:
        return shades.transpose(3, 0, 1, 2)
    gray = shades.transpose(3, 2, 0, 1).reshape(-1, h, w, 1)
    return np.broadcast_to(gray, (*gray.shape[:3], 3))


def _mosaic(tiles: np.ndarray, columns: int) -> np.ndarray:
    """One image of all tiles, row by row, with white between them."""
    tiles = tiles.repeat(PIXELS_A_WEIGHT, axis=1).repeat(PIXELS_A_WEIGHT, axis=2)
    n, h, w, _ = tiles.shape
    down, right = h + PIXELS_BETWEEN, w + PIXELS_BETWEEN
    rows = math.ceil(n / columns)
    mosaic = np.ones((rows * down, columns * right, 3), np.float32)
    for place, tile in enumerate(tiles):
        row, column = divmod(place, columns)
        mosaic[row * down :, column * right :][:h, :w] = tile
    return mosaic[:-PIXELS_BETWEEN, :-PIXELS_BETWEEN]


def _caption(weights: np.ndarray, tiles: int) -> str:
    h, w, channels, filters = weights.shape
    kind = "as RGB colours" if channels == 3 else "one gray image for each input channel"
    shown = "" if tiles <= MOST_TILES else f", the first {MOST_TILES} of {tiles:,} images"
    return (
        f"n = {filters} filters of {h}×{w}×{channels}, {kind}{shown}, row by row. "
        "Each filter is scaled on its own: mid-gray is a weight of 0, black and white are "
        "minus and plus its largest absolute weight."
    )
