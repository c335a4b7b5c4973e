"""How much accuracy is left where images are moved, turned or gray."""

from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.classification._robustness import Robustness
from jaxcnn.explain.plots._figure import BLUE, GRAY, PALE_BLUE, new_figure, quiet_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_robustness(result: Robustness, *, title: str = "Robustness") -> "Figure":
    """Plot the accuracy on each changed copy of a set, with its 95 % interval.

    Args:
        result: from `robustness`.
        title: which network on which data.

    Returns:
        The figure: ``figure.savefig("robustness.png")`` writes it.

    Raises:
        ImportError: where matplotlib is missing.
    """
    figure = new_figure(7, 0.4 * len(result.rows) + 1.6, title=title, caption=_caption(result))
    axes = figure.subplots()
    places = np.arange(len(result.rows))
    accuracies = 100 * np.array([row.accuracy for row in result.rows])
    intervals = 100 * np.array([row.interval for row in result.rows])
    axes.axvspan(*intervals[0], color=PALE_BLUE, alpha=0.5, linewidth=0)
    axes.errorbar(
        accuracies,
        places,
        xerr=np.abs(intervals.T - accuracies),
        fmt="o",
        color=BLUE,
        capsize=3,
    )
    for place, accuracy, (_, high) in zip(places, accuracies, intervals, strict=True):
        axes.annotate(
            f"{accuracy:.1f}",
            (high, place),
            (7, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=GRAY,
        )
    axes.set_yticks(places, [row.change.words for row in result.rows])
    axes.set(xlabel="accuracy (%)", ylim=(len(places) - 0.5, -0.5), xlim=(0, 108))
    axes.set_xticks(range(0, 101, 20))
    quiet_rows(axes)
    return figure


def _caption(result: Robustness) -> str:
    return (
        f"n = {result.examples:,} images each, bars: 95 % intervals; the band is that of the "
        "images as they are. Shifted to the four sides and turned either way by turns; what comes "
        "in at a border is the image reflected there."
    )
