"""Whether a network that is 80 % sure is right in 80 % of the cases."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.classification._reliability import Reliability
from jaxcnn.explain.plots._figure import BLUE, GRAY, ORANGE, PALE_BLUE, as_written, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_reliability(
    reliabilities: Mapping[str, Reliability], *, title: str = "Reliability"
) -> "Figure":
    """Plot accuracy against confidence, and below it how many examples have which confidence.

    Args:
        reliabilities: what stands above each diagram, and what it shows: such as
            ``{"as trained": report.calibration, "temperature 1.4": report.scaled}``.
        title: which network on which data.

    Returns:
        The figure: ``figure.savefig("reliability.png")`` writes it.

    Raises:
        ValueError: if there is nothing to show.
        ImportError: where matplotlib is missing.

    Example:
        >>> from jaxcnn import explain
        >>> found = explain.reliability([[0.8, 0.2], [0.6, 0.4]], [0, 1])
        >>> figure = explain.plot_reliability({"as trained": found})
        >>> figure.axes[0].get_title().splitlines()
        ['as trained', 'calibration error 40.0%']
    """
    if not reliabilities:
        raise ValueError("reliabilities must hold at least one; got none")
    columns = len(reliabilities)
    figure = new_figure(4.4 * columns + 0.4, 5.8, title=title, caption=_caption(reliabilities))
    panels = figure.subplots(
        2, columns, height_ratios=[3.2, 1], sharex=True, sharey="row", squeeze=False
    )
    for (name, shown), (diagram, histogram) in zip(reliabilities.items(), panels.T, strict=True):
        _draw_diagram(diagram, shown)
        _draw_counts(histogram, shown)
        diagram.set_title(f"{as_written(name)}\ncalibration error {shown.error:.1%}", fontsize=10)
    panels[0, 0].set_ylabel("accuracy (%)")
    panels[0, 0].legend(loc="upper left", fontsize=9, edgecolor="none", borderpad=0.2)
    panels[1, 0].set_ylabel("examples")
    return figure


def _draw_diagram(axes: "Axes", shown: Reliability) -> None:
    edges, width = 100 * shown.edges[:-1], 100 * np.diff(shown.edges)
    filled = shown.counts > 0
    accuracy, confidence = 100 * shown.accuracy[filled], 100 * shown.confidence[filled]
    axes.bar(
        edges[filled],
        accuracy,
        width[filled],
        align="edge",
        color=PALE_BLUE,
        edgecolor=BLUE,
        label="accuracy",
    )
    axes.plot([0, 100], [0, 100], "--", color=GRAY, label="as sure as right")
    axes.vlines(
        confidence, accuracy, confidence, color=ORANGE, linewidth=2.5, label="gap: the error"
    )
    axes.set(xlim=(0, 100), ylim=(0, 100))
    axes.spines[["top", "right"]].set_visible(False)


def _draw_counts(axes: "Axes", shown: Reliability) -> None:
    bars = axes.bar(
        100 * shown.edges[:-1],
        shown.counts,
        100 * np.diff(shown.edges),
        align="edge",
        color="#BBBBBB",
        edgecolor=GRAY,
    )
    axes.bar_label(bars, [f"{n:,}" if n else "" for n in shown.counts], fontsize=6)
    axes.margins(y=0.15)
    axes.set(xlabel="confidence: probability of the first guess (%)")
    axes.spines[["top", "right"]].set_visible(False)


def _caption(reliabilities: Mapping[str, Reliability]) -> str:
    first = next(iter(reliabilities.values()))
    return (
        f"n = {first.counts.sum():,} examples, by the probability of their first guess. A bar "
        "below the dashed line: surer than right; above it: more often right than sure. The "
        "calibration "
        "error is the mean length of the gaps (thick lines), each weighted by its examples."
    )
