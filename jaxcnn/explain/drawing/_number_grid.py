"""Numbers in a grid of cells, as one would write them on squared paper."""

import math
from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.drawing._figure import POINTS_AN_INCH, remove_frame
from jaxcnn.explain.drawing._signed_colors import as_number, limit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text


WIDTH_OF_A_DIGIT, LARGEST = 0.72, 13.0  # in font sizes, with room to both sides; in points


EDGE = 0.55  # of a cell, from its middle to where its lines, too, are within the axes


def draw_grid(axes: "Axes", rows: int, columns: int, *, room: int) -> None:
    """Draw empty cells; the middle of cell (i, j) is at x = j, y = i, and y grows downwards.

    Grids side by side have cells of one size if they all have `room` for as many rows.
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
    """Write each number of `(rows, columns)` into its cell, as large as all of them fit.

    Args:
        axes: with cells as `draw_grid` or `imshow` makes them.
        numbers: what is written.
        inches_a_cell: how wide a cell is.
        colors: of the letters, one for all or `(rows, columns)`.

    Returns:
        The texts, row by row.
    """
    # As many decimals as show three digits of the largest: more would only be smaller to read.
    decimals = 2 - math.floor(math.log10(limit_of(numbers)))
    rounded = np.asarray(numbers, np.float64).round(max(decimals, 0))
    texts = [[as_number(float(value)) for value in row] for row in rounded]
    letters = max(len(text) for row in texts for text in row)
    size = min(LARGEST, inches_a_cell * POINTS_AN_INCH / (max(letters, 2) * WIDTH_OF_A_DIGIT))
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
