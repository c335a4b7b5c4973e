"""Plot ratios with their intervals."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
from _timing import Interval
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

COLORS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")
MARKERS = ("o", "s", "^", "D")


class Dot(NamedTuple):
    """One ratio in the plot.

    Attributes:
        row: Label of its row.
        kind: Label of its color and marker.
        interval: The ratio; values above 1 are good.
    """

    row: str
    kind: str
    interval: Interval


def save_dots(path: Path, panels: Mapping[str, Sequence[Dot]], *, title: str) -> None:
    """Draw panels side by side, with one row per thing measured and one color per kind.

    Args:
        path: Path of the image file.
        panels: The dots of each panel by its heading, such as ``"against XLA"``.
        title: Title of the figure.
    """
    dots = [dot for panel in panels.values() for dot in panel]
    rows = list(dict.fromkeys(dot.row for dot in dots))
    kinds = list(dict.fromkeys(dot.kind for dot in dots))
    size = (3.2 + 3.6 * len(panels), 1.6 + 0.24 * len(rows))
    figure, axes = plt.subplots(1, len(panels), figsize=size, sharey=True, squeeze=False)
    for ax, (heading, panel) in zip(axes[0], panels.items(), strict=True):
        _draw(ax, panel, rows, kinds)
        ax.set_title(heading, fontsize=10)
    axes[0][0].set_yticks(range(len(rows)), rows, fontsize=8)
    axes[0][0].set_ylim(len(rows) - 0.5, -0.5)
    if len(kinds) > 1:
        handles = [
            Line2D([], [], color=COLORS[i], marker=MARKERS[i], linestyle="", label=kind)
            for i, kind in enumerate(kinds)
        ]
        figure.legend(handles=handles, loc="lower center", ncols=len(kinds), frameon=False)
    figure.suptitle(title, fontsize=11)
    figure.tight_layout(rect=(0, 0.35 / size[1] if len(kinds) > 1 else 0, 1, 1))
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _draw(ax: Axes, dots: Sequence[Dot], rows: list[str], kinds: list[str]) -> None:
    for index in range(0, len(rows), 2):
        ax.axhspan(index - 0.5, index + 0.5, color="0.95", zorder=0)
    ax.axvline(1, color="black", linewidth=1)
    for index, kind in enumerate(kinds):
        mine = [dot for dot in dots if dot.kind == kind]
        shift = 0.22 * (index - (len(kinds) - 1) / 2)
        positions = [rows.index(dot.row) + shift for dot in mine]
        values = [dot.interval.value for dot in mine]
        below = [max(0.0, dot.interval.value - dot.interval.low) for dot in mine]
        above = [max(0.0, dot.interval.high - dot.interval.value) for dot in mine]
        ax.errorbar(
            *(values, positions),
            xerr=(below, above),
            fmt=MARKERS[index],
            color=COLORS[index],
            markersize=4,
            linewidth=1.2,
        )
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    low, high = min(low, 0.8), max(high, 1.25)
    ticks = [tick for tick in _round_numbers(low, high) if low <= tick <= high]
    ax.set_xlim(low, high)
    ax.set_xticks(ticks, [f"{tick:g}×" for tick in ticks], fontsize=8)
    ax.xaxis.minorticks_off()
    ax.grid(axis="x", color="0.85", linewidth=0.6)
    ax.tick_params(axis="y", length=0)


def _round_numbers(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 times the powers of ten; only the powers if the axis is long."""
    digits = (1, 2, 5) if high < 300 * low else (1,)
    return [digit * 10.0**power for power in range(-4, 5) for digit in digits]
