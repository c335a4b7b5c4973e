"""Show numbers that have a sign: as colors, and written in a grid of cells."""

import math
from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.drawing._figure import POINTS_PER_INCH, figure_of, remove_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.colors import Colormap
    from matplotlib.image import AxesImage
    from matplotlib.text import Text


DARK_BLUE_TO_PALE_YELLOW = ("#0b1a4a", "#1d4f9e", "#7f7f7f", "#f0a13c", "#fff3c0")
"""Negative values are dark and blue, zero is mid-gray, positive ones are light and yellow. The
lightness rises evenly (CIE L* 11, 35, 53, 72, 96), so that gray print keeps the order, and
color-blind readers can tell blue from yellow."""

COLORS = 257  # odd, so that one of them is for zero

COLOR_LEGEND = "Gray is 0, lighter (yellow) is positive, darker (blue) is negative."


def signed_colors() -> "Colormap":
    """Return the color map of numbers with a sign; NaN is white."""
    from matplotlib.colors import LinearSegmentedColormap

    colors = LinearSegmentedColormap.from_list("signed", DARK_BLUE_TO_PALE_YELLOW, N=COLORS)
    return colors.with_extremes(bad="white")


def limit_of(values: np.ndarray) -> float:
    """Return the largest absolute value, the end of a symmetric scale; 1 if all values are 0."""
    return float(np.nanmax(np.abs(values))) or 1.0


def show_signed(axes: "Axes", values: np.ndarray, limit: float) -> "AxesImage":
    """Draw numbers `(H, W)` in colors from minus `limit` to `limit`; zero is the middle color."""
    return axes.imshow(
        values, cmap=signed_colors(), vmin=-limit, vmax=limit, interpolation="nearest"
    )


def add_color_bar(
    axes: "Axes | Sequence[Axes]", image: "AxesImage", label: str, ends: tuple[float, float]
) -> "Colorbar":
    """Add a color bar.

    Args:
        axes: The axes beside which the color bar is drawn.
        image: The image whose colors the color bar explains. The scale of the colors is symmetric
            around 0.
        label: The quantity and its unit.
        ends: The smallest and the largest value. The bar shows the part of the scale that contains
            these values and 0.
    """
    from matplotlib.axes import Axes

    figure = figure_of(axes if isinstance(axes, Axes) else axes[0])
    low, high = min(ends[0], 0.0), max(ends[1], 0.0)
    if low == high:
        low, high = image.get_clim()
    apart = 0.06 * (high - low)  # labels that are closer together would overlap
    ticks = [0.0, *(end for end in (low, high) if abs(end) > apart)]
    bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02, aspect=25)
    bar.ax.set_ylim(low, high)
    bar.set_ticks(ticks, labels=[as_number(tick) for tick in ticks])
    bar.set_label(label, fontsize=9, labelpad=2)
    bar.ax.tick_params(labelsize=9)
    return bar


def as_number(value: float) -> str:
    """Write a number in a few letters, with a real minus sign: 3, −0.25, 1.2e−05."""
    rounded = float(f"{value:.3g}") + 0.0  # makes -0 a 0
    text = f"{rounded:.0f}" if rounded == round(rounded) and abs(rounded) < 1e6 else f"{rounded:g}"
    return text.replace("-", "−")


DIGIT_WIDTH, MAX_FONT_SIZE = 0.72, 13.0  # in font sizes, with margins; in points


EDGE = 0.55  # from the middle of a cell, in cells, so that its lines are within the axes, too


def draw_grid(axes: "Axes", rows: int, columns: int, *, room: int) -> None:
    """Draw empty cells; the middle of cell (i, j) is at x = j, y = i, and y grows downward.

    To give several grids side by side equally large cells, pass the same `room`, a number of rows,
    to each.
    """
    axes.set(xlim=(-EDGE, columns - 1 + EDGE), ylim=(room - 1 + EDGE, -EDGE), aspect="equal")
    remove_frame(axes)
    for row in range(rows + 1):
        axes.plot([-0.5, columns - 0.5], [row - 0.5] * 2, color="#999999", linewidth=0.8)
    for column in range(columns + 1):
        axes.plot([column - 0.5] * 2, [-0.5, rows - 0.5], color="#999999", linewidth=0.8)


def write_numbers(
    axes: "Axes", numbers: np.ndarray, inches_a_cell: float, *, colors: np.ndarray | str = "black"
) -> "list[list[Text]]":
    """Write each number of `(rows, columns)` into its cell, in the largest font that fits all.

    Args:
        axes: Axes with cells as `draw_grid` or `imshow` draws them.
        numbers: The numbers.
        inches_a_cell: The width of a cell.
        colors: Color of the digits: one for all, or one per number, `(rows, columns)`.

    Returns:
        The texts, row by row.
    """
    # Three digits of the largest number; more decimals would only make the font smaller.
    decimals = 2 - math.floor(math.log10(limit_of(numbers)))
    rounded = np.asarray(numbers, np.float64).round(max(decimals, 0))
    texts = [[as_number(float(value)) for value in row] for row in rounded]
    letters = max(len(text) for row in texts for text in row)
    size = min(MAX_FONT_SIZE, inches_a_cell * POINTS_PER_INCH / (max(letters, 2) * DIGIT_WIDTH))
    colored = np.broadcast_to(np.asarray(colors), numbers.shape)
    return [
        [
            axes.text(
                column,
                row,
                text,
                ha="center",
                va="center",
                fontsize=size,
                color=str(colored[row, column]),
            )
            for column, text in enumerate(line)
        ]
        for row, line in enumerate(texts)
    ]
