"""The figure that all plots begin with: a title above, a caption below, few lines and colors."""

import textwrap
from importlib import import_module
from typing import TYPE_CHECKING

from jaxcnn._support.extras import import_extra
from jaxcnn._support.texts import without_controls

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


# Color-blind readers can tell this blue from this orange (Okabe and Ito, 2008).
BLUE = "#0072B2"
"""The first of two colors in pictures."""
ORANGE = "#D55E00"
"""The second color, which color-blind readers can tell from blue."""
PALETTE = (
    *(BLUE, ORANGE, "#009E73", "#CC79A7"),
    *("#56B4E9", "#E69F00", "#000000", "#8A6D00"),
)
"""Eight colors that color-blind readers can tell apart (Okabe and Ito, 2008; the last, which is too
pale on white, is darker)."""
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
LINE_HEIGHT, TEXT_MARGINS = 1.17 / POINTS_PER_INCH, 0.2  # inches per point; inches
LETTER_WIDTH, BOLD_LETTER_WIDTH = 0.55, 0.68  # in font sizes, on average


def new_figure(width: float, height: float, *, title: str, caption: str) -> "Figure":
    """Make an empty figure, sized in inches, without opening a window or touching global state.

    Notebooks show it where it is the value of a cell.
    """
    import_extra("matplotlib.figure")  # whose error says how to install it
    figure = import_module("jaxcnn.explain.drawing._notebook_figure").NotebookFigure(
        figsize=(width, height), dpi=120, layout="constrained", facecolor="white"
    )
    title, caption = _wrapped(width, title, caption)
    figure.suptitle(title, fontsize=TITLE_SIZE, fontweight="bold")
    figure.supxlabel(caption, fontsize=CAPTION_SIZE, color=GRAY)
    return figure


def height_of_texts(width: float, title: str, caption: str) -> float:
    """Return how much of a figure's height its title and caption take, in inches."""
    title_lines, caption_lines = (text.count("\n") + 1 for text in _wrapped(width, title, caption))
    return LINE_HEIGHT * (title_lines * TITLE_SIZE + caption_lines * CAPTION_SIZE) + TEXT_MARGINS


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
    """Show only the lower axis, with pale lines at its ticks, for plots with one item per row."""
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.spines[["top", "right", "left"]].set_visible(False)


def figure_of(axes: "Axes") -> "Figure":
    """Return the figure that contains the axes."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure


def as_written(text: str, width: int = 60) -> str:
    """Return text that is drawn literally (`$` starts no formula), shortened to `width` letters."""
    text = without_controls(text)  # for which fonts have no letters
    shortened = text if len(text) <= width else text[: width - 1] + "…"
    return shortened.replace("$", r"\$")


def _wrapped(width: float, title: str, caption: str) -> tuple[str, str]:
    return (
        _wrap(title, width, TITLE_SIZE * BOLD_LETTER_WIDTH),
        _wrap(caption, width, CAPTION_SIZE * LETTER_WIDTH),
    )


def _wrap(text: str, width: float, points_per_letter: float) -> str:
    letters = int(width * POINTS_PER_INCH / points_per_letter)
    lines = [_filled(line, letters) for line in without_controls(text).splitlines()]
    return "\n".join(lines).replace("$", r"\$")


def _filled(text: str, letters: int) -> str:
    """Break text into lines, all of them shorter if the last would otherwise be very short."""
    for shorter in range(letters, letters // 2, -1):
        lines = textwrap.wrap(text, shorter)
        if len(lines) < 2 or len(lines[-1]) > letters / 4:
            return "\n".join(lines)
    return textwrap.fill(text, letters)
