"""Figures and tables that only the guides need, in the style of jaxcnn's own figures."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.explain.drawing import BLUE, GRAY, ORANGE, PALE_BLUE, PALE_GRAY, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES = ((BLUE, "-"), (ORANGE, "--"), (GRAY, ":"), ("black", "-."))


def bars(
    panels: Mapping[str, ArrayLike], names: Sequence[str], *, title: str, caption: str
) -> "Figure":
    """Draw the same classes in several panels, with a number at each bar."""
    figure = new_figure(2.6 * len(panels), 2.9, title=title, caption=caption)
    for axes, (heading, values) in zip(
        np.ravel(figure.subplots(1, len(panels))), panels.items(), strict=True
    ):
        drawn = axes.barh(names, values, color=BLUE)
        axes.bar_label(drawn, fmt=lambda value: f"{value:.2f}", padding=3)
        axes.invert_yaxis()
        axes.axvline(0, color=GRAY, linewidth=0.8)
        axes.margins(x=0.35)
        axes.set_title(heading, fontsize=10)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(left=False)
    return figure


def lines(
    x: ArrayLike,
    curves: Mapping[str, ArrayLike],
    *,
    x_label: str,
    y_label: str,
    title: str,
    caption: str,
) -> "Figure":
    """Draw curves over a shared axis, each in its own color and dash pattern."""
    figure = new_figure(6.4, 3.6, title=title, caption=caption)
    axes = figure.subplots()
    for (name, y), (color, dashes) in zip(curves.items(), STYLES, strict=False):
        axes.plot(x, y, dashes, color=color, label=name)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def descents(
    curve: tuple[ArrayLike, ArrayLike],
    paths: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    title: str,
    caption: str,
) -> "Figure":
    """Draw several descents of one curve, one panel each, with their points joined in order."""
    figure = new_figure(2.6 * len(paths), 3.2, title=title, caption=caption)
    for axes, (heading, (x, y)) in zip(
        figure.subplots(1, len(paths), sharex=True, sharey=True), paths.items(), strict=True
    ):
        axes.plot(*curve, color=GRAY)
        _path(axes, x, y)
        axes.set_title(heading, fontsize=10)
        axes.set_xlabel("weight w")
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set_ylabel("loss")
    return figure


def valley(
    first: ArrayLike,
    second: ArrayLike,
    losses: ArrayLike,
    paths: Mapping[str, ArrayLike],
    *,
    title: str,
    caption: str,
) -> "Figure":
    """Draw paths over the contour lines of a loss of two weights."""
    figure = new_figure(3.4 * len(paths), 3.6, title=title, caption=caption)
    heights = np.asarray(losses, float)
    levels = np.geomspace(heights.min() * 1.03, heights.max(), 12)
    for axes, (heading, path) in zip(
        figure.subplots(1, len(paths), sharey=True), paths.items(), strict=True
    ):
        axes.contour(first, second, losses, levels=levels, colors=[PALE_BLUE])
        _path(axes, *np.transpose(path))
        axes.set_title(heading, fontsize=10)
        axes.set_xlabel("first weight")
    figure.axes[0].set_ylabel("second weight")
    return figure


def numbers(values: ArrayLike, digits: int = 3) -> str:
    """Format numbers in a row, rounded; a number that rounds to 0 has no sign."""
    return ", ".join(f"{round(float(v), digits) + 0:.{digits}f}" for v in np.ravel(values))


def table(rows: Sequence[Sequence[object]], *, heads: Sequence[str]) -> str:
    """Format rows as an aligned table: the first column to the left, the others to the right."""
    texts = [list(heads), *([str(item) for item in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in texts
    )


def _path(axes: "Axes", x: ArrayLike, y: ArrayLike) -> None:
    axes.plot(x, y, color=ORANGE, linewidth=1, marker=".", markersize=6)
    axes.plot(
        np.ravel(x)[:1], np.ravel(y)[:1], "o", color=ORANGE, markersize=8, markerfacecolor=PALE_GRAY
    )
