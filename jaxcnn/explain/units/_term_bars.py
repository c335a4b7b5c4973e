"""The terms of a sum as bars, and what they sum to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jaxcnn.explain.drawing._figure import GRAY
from jaxcnn.explain.drawing._signed_colors import DARK_BLUE_TO_PALE_YELLOW, as_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


INCHES_A_BAR = 0.29
_, MINUS, _, PLUS, _ = DARK_BLUE_TO_PALE_YELLOW


class Bar(NamedTuple):
    """A term: its value, and what it is called."""

    value: float
    name: str


def draw_terms(axes: "Axes", terms: Sequence[Bar], total: Bar) -> None:
    """Draw a bar for each term, from top to bottom, and below a line what they sum to."""
    bars = [*terms, total]
    values = np.array([bar.value for bar in bars])
    rows = np.arange(len(bars)) + 0.4 * (np.arange(len(bars)) == len(terms))
    colors = [GRAY if bar is total else PLUS if bar.value > 0 else MINUS for bar in bars]
    axes.barh(rows, values, color=colors, height=0.75)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.axhline(len(terms) - 0.3, color="black", linewidth=0.8)
    for row, value in zip(rows, values, strict=True):
        text = as_number(float(value))
        axes.annotate(
            f"+{text}" if value > 0 else text,
            (value, row),
            xytext=(-3 if value < 0 else 3, 0),
            textcoords="offset points",
            ha="right" if value < 0 else "left",
            va="center",
            fontsize=8,
        )
    axes.set_yticks(rows, [bar.name for bar in bars], fontsize=9)
    axes.get_yticklabels()[-1].set_fontweight("bold")
    axes.set_ylim(rows[-1] + 0.6, -0.6)
    axes.margins(x=0.16)  # room for the numbers
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("what the term adds to the sum", fontsize=9)


def factors(name: str, first: float, second: float) -> str:
    """What a product is called: ``channel 3 (0.5·−2)``."""
    return f"{name} ({as_number(float(first))}·{as_number(float(second))})"
