"""Draw what the filters of a convolution look like."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.explain.drawing._drawable import as_finite
from jaxcnn.explain.drawing._figure import (
    BLUE,
    GRAY,
    figure_of,
    height_of_texts,
    new_figure,
    remove_frame,
)
from jaxcnn.explain.drawing._mosaic import columns_for, middles, mosaic, number_rows, pitch
from jaxcnn.explain.drawing._signed_numbers import limit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MAX_FILTERS = 64
MAX_DOTS = 12
"""Longer filters are drawn as lines without a dot per weight."""

LINES_WIDTH, HEIGHT_OF_A_ROW = 7.0, 0.75  # in inches


def plot_waveforms(filters: np.ndarray, *, title: str) -> "Figure":
    """Draw `(w, filters)` weights, one line per filter, each scaled by its own largest weight."""
    width, count = filters.shape
    shown = min(count, MAX_FILTERS)
    columns = columns_for(shown)
    rows = math.ceil(shown / columns)
    figure = new_figure(
        LINES_WIDTH,
        rows * HEIGHT_OF_A_ROW + 1.1,
        title=title,
        caption=_caption_of_lines(width, count),
    )
    axes = figure.subplots()
    # All filters share one frame, a cell of 1×1 each; a frame per filter would be much slower.
    across = np.linspace(-0.42, 0.42, width) if width > 1 else np.zeros(1)
    for place in range(shown):
        row, column = divmod(place, columns)
        weights = filters[:, place] / limit_of(filters[:, place])
        axes.plot([column - 0.44, column + 0.44], [-row, -row], color=GRAY, linewidth=0.6)
        marker = "." if width <= MAX_DOTS else ""
        axes.plot(column + across, 0.35 * weights - row, color=BLUE, linewidth=1.2, marker=marker)
        axes.text(column - 0.44, 0.36 - row, str(place), fontsize=8, color=GRAY)
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(0.5 - rows, 0.5))
    remove_frame(axes)
    return figure


def _caption_of_lines(width: int, count: int) -> str:
    shown = f", the first {MAX_FILTERS} shown" if count > MAX_FILTERS else ""
    return (
        f"n = {count} filters over {width} neighboring samples of one channel{shown}. Each has "
        "its number above it and its first weight on the left, and is scaled by its own largest "
        "weight. The gray line is 0."
    )


MAX_ACROSS = 16
"""The most tiles across and down."""

WIDTH = 7.0  # in inches


def plot_filters(kernel: ArrayLike, *, title: str = "Filters") -> "Figure":
    """Draw the filters of a convolution as a grid of small images.

    Filters over three input channels are drawn in color, all other filters in gray. With two input
    channels, or with four or more, each row is a filter, and each column an input channel. Each
    filter is scaled by its own largest absolute weight: black is minus that weight, mid-gray is 0,
    and white is plus that weight. Filters over one channel of texts or sounds are drawn as lines.

    Args:
        kernel: Weights `(h, w, in, out)`, or `(w, in, out)`.
        title: The figure's title, such as the layer, the network and its training set.

    Returns:
        The figure: ``figure.savefig("filters.png")`` writes it. At most 256 tiles are shown.

    Raises:
        ValueError: If the kernel has the wrong rank or is empty, or weights are not finite.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> figure = explain.plot_filters(np.ones((5, 5, 3, 16)), title="classic on CIFAR-10")
        >>> len(figure.axes)
        1
    """
    weights = as_finite("kernel", kernel, "(h, w, in, out) or (w, in, out)", (3, 4))
    if weights.ndim == 3 and weights.shape[1] == 1:
        return plot_waveforms(weights[:, 0], title=title)
    caption = _caption(weights)
    if weights.ndim == 3:
        weights = weights[None]
    h, w, channels, _ = weights.shape
    deep = channels not in (1, 3)
    tiles = _tiles(weights)
    columns = min(channels, MAX_ACROSS) if deep else columns_for(len(tiles))
    drawn = mosaic(tiles, columns, between=1)
    width = WIDTH - (0.7 if channels == 3 else 1.7)  # the rest is for numbers and color bar
    height = max(width * drawn.shape[0] / drawn.shape[1], 0.25 * len(tiles) / columns)
    margin = height_of_texts(WIDTH, title, caption) + 0.5 * deep
    figure = new_figure(WIDTH, min(height, 9.0) + margin, title=title, caption=caption)
    axes = figure.subplots()
    aspect = "auto" if h == 1 and w > 1 else "equal"  # strips of one row would be too thin
    axes.imshow(drawn, cmap="gray", vmin=0, vmax=1, interpolation="nearest", aspect=aspect)
    down, right = pitch(h, w)
    number_rows(axes, len(tiles), columns, down, "filters")
    if deep:
        _number_channels(axes, len(tiles) // columns, columns, (down, right))
    if channels != 3:
        _add_bar(axes)
    return figure


def _tiles(weights: np.ndarray) -> np.ndarray:
    """Return images `(tiles, h, w, 3)` from 0 to 1, filter by filter, only those that are drawn."""
    largest = np.abs(weights).max(axis=(0, 1, 2), keepdims=True)
    shades = 0.5 + 0.5 * weights / np.where(largest == 0, 1, largest)
    h, w, channels, _ = weights.shape
    if channels == 3:
        return shades.transpose(3, 0, 1, 2)[: MAX_ACROSS**2]
    most = MAX_ACROSS**2 if channels == 1 else MAX_ACROSS
    gray = shades.transpose(3, 2, 0, 1)[:most, :MAX_ACROSS].reshape(-1, h, w, 1)
    return np.broadcast_to(gray, (*gray.shape[:3], 3))


def _number_channels(axes: "Axes", rows: int, columns: int, pitches: tuple[int, int]) -> None:
    down, right = pitches
    axes.set_yticks(middles(rows, down), [str(row) for row in range(rows)])
    axes.set_xticks(middles(columns, right), [str(column) for column in range(columns)], fontsize=9)
    axes.set(xlabel="input channel", ylabel="filter")


def _add_bar(axes: "Axes") -> None:
    bar = figure_of(axes).colorbar(axes.images[0], ax=axes, shrink=0.8, pad=0.02, aspect=25)
    bar.set_ticks([0, 0.5, 1], labels=["−largest", "0", "+largest"], fontsize=9)
    bar.set_label("weight, in each filter's scale", fontsize=9, labelpad=0)


def _caption(weights: np.ndarray) -> str:
    *window, channels, filters = weights.shape
    size = "×".join(map(str, [*window, channels]))
    kind = "as RGB colors" if channels == 3 else "one gray image for each input channel"
    images = filters if channels == 3 else filters * channels
    most = MAX_ACROSS**2 if channels in (1, 3) else MAX_ACROSS
    drawn = min(filters, most) * (1 if channels == 3 else min(channels, MAX_ACROSS))
    shown = f", the first {drawn} of {images:,} images" if drawn < images else ""
    return (
        f"n = {filters} filters of {size}, {kind}{shown}, row by row. "
        "Each filter is scaled by its own largest absolute weight: black is minus that weight, "
        "mid-gray is 0, and white is plus that weight."
    )
