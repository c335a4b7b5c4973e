"""Filters over a signal, such as the first layer of a network for sounds, as lines."""

import math
from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.plots._figure import BLUE, GRAY, new_figure, remove_frame
from jaxcnn.explain.plots._mosaic import columns_for
from jaxcnn.explain.plots._signed import limit_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_FILTERS = 64
MOST_DOTS = 12
"""Of so few weights, each is marked."""

WIDTH, HEIGHT_OF_A_ROW = 7.0, 0.75  # in inches


def plot_waveforms(filters: np.ndarray, *, title: str) -> "Figure":
    """Draw `(w, filters)` weights, a line for each filter, each scaled on its own around 0."""
    width, count = filters.shape
    shown = min(count, MOST_FILTERS)
    columns = columns_for(shown)
    rows = math.ceil(shown / columns)
    figure = new_figure(
        WIDTH, rows * HEIGHT_OF_A_ROW + 1.1, title=title, caption=_caption(width, count)
    )
    axes = figure.subplots()
    # All in one frame, a cell of 1×1 each: a frame a filter takes many times as long to draw.
    across = np.linspace(-0.42, 0.42, width) if width > 1 else np.zeros(1)
    for place in range(shown):
        row, column = divmod(place, columns)
        weights = filters[:, place] / limit_of(filters[:, place])
        axes.plot([column - 0.44, column + 0.44], [-row, -row], color=GRAY, linewidth=0.6)
        marker = "." if width <= MOST_DOTS else ""
        axes.plot(column + across, 0.35 * weights - row, color=BLUE, linewidth=1.2, marker=marker)
        axes.text(column - 0.44, 0.36 - row, str(place), fontsize=8, color=GRAY)
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(0.5 - rows, 0.5))
    remove_frame(axes)
    return figure


def _caption(width: int, count: int) -> str:
    shown = f", the first {MOST_FILTERS} shown" if count > MOST_FILTERS else ""
    return (
        f"n = {count} filters over {width} neighbouring samples of one channel{shown}, each beside "
        "its number, its first weight on the left. Each is scaled on its own; the gray line is 0."
    )
