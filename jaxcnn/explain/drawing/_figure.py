"""The figure that all plots begin with: a title above, a caption below, few lines and colors."""

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


# Color-blind readers can tell this blue from this orange (Okabe and Ito, 2008).
BLUE = "#0072B2"
"""The first of two colors in pictures."""
ORANGE = "#D55E00"
"""The second color, which color-blind readers can tell from blue."""
GRAY = "#666666"
"""The color of secondary things: captions, axes, zero lines."""
PALE_BLUE = "#A6CEE8"
"""A light blue, for areas."""
PALE_ORANGE = "#F5B98F"
"""A light orange, for areas."""
PALE_GRAY = "#E3E3E3"
"""A light gray, for areas."""
GRID = "#DDDDDD"

TITLE_SIZE, CAPTION_SIZE = 13.0, 9.0
POINTS_PER_INCH = 72
LETTER_WIDTH, BOLD_LETTER_WIDTH = 0.55, 0.68  # in font sizes, on average


def new_figure(width: float, height: float, *, title: str, caption: str) -> "Figure":
    """Make an empty figure, sized in inches, without opening a window or touching global state."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'jaxcnn[experiments]'") from error
    figure = Figure(figsize=(width, height), dpi=120, layout="constrained", facecolor="white")
    figure.suptitle(
        _wrap(title, width, TITLE_SIZE * BOLD_LETTER_WIDTH),
        fontsize=TITLE_SIZE,
        fontweight="bold",
    )
    figure.supxlabel(
        _wrap(caption, width, CAPTION_SIZE * LETTER_WIDTH), fontsize=CAPTION_SIZE, color=GRAY
    )
    return figure


def remove_frame(axes: "Axes") -> None:
    """Remove ticks and frame, for images that need no scale."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def quiet_frame(axes: "Axes") -> None:
    """Keep only the left and lower axes of the frame, and add pale lines at the ticks."""
    axes.grid(color=GRID, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def quiet_rows(axes: "Axes") -> None:
    """Keep only the lower axis of the frame, and add pale lines at its ticks, for plots of rows."""
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)


def figure_of(axes: "Axes") -> "Figure":
    """Return the figure that contains the axes."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure


def as_written(text: str, width: int = 60) -> str:
    """Return text that is drawn literally (`$` starts no formula), shortened to `width` letters."""
    shortened = text if len(text) <= width else text[: width - 1] + "…"
    return shortened.replace("$", r"\$")


def _wrap(text: str, width: float, points_per_letter: float) -> str:
    letters = int(width * POINTS_PER_INCH / points_per_letter)
    lines = [textwrap.fill(line, letters) for line in text.splitlines()]
    return "\n".join(lines).replace("$", r"\$")
