"""Animate a window that slides over numbers and fills its output, cell by cell, as a GIF."""

import os
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jaxcnn._support.extras import import_extra
from jaxcnn.explain.drawing._figure import ORANGE, PALE_ORANGE, new_figure
from jaxcnn.explain.drawing._signed_numbers import draw_grid, write_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle
    from matplotlib.text import Text


WIDTH, MAX_CELL = 8.0, 0.5  # in inches
MAX_SIDE, MAX_STEPS = 12, 100  # cells across and down; positions of the window
LETTERS_PER_LINE = 78
PADDING_COLOR = "#8A8A8A"


class Slide(NamedTuple):
    """All steps of a window that slides over numbers.

    Attributes:
        numbers: ``(H, W)``, the numbers under the window, padding included.
        is_padding: ``(H, W)``, True where a number is padding.
        window: Rows and columns of the window.
        strides: How far the window moves, down and right.
        outputs: ``(rows, columns)``, one number per position.
        formulas: The computation of each output, row by row.
        kernel: The weights of the window, drawn in the middle; None for a window without weights.
        names: Titles of the numbers, of the kernel if there is one, and of the outputs.
    """

    numbers: np.ndarray
    is_padding: np.ndarray
    window: tuple[int, int]
    strides: tuple[int, int]
    outputs: np.ndarray
    formulas: list[str]
    kernel: np.ndarray | None
    names: tuple[str, ...]


def windows_of(
    numbers: np.ndarray, window: tuple[int, int], strides: tuple[int, int]
) -> np.ndarray:
    """Return the numbers under the window at each position: `(rows, columns, *window)`."""
    views = np.lib.stride_tricks.sliding_window_view(numbers, window)
    return views[:: strides[0], :: strides[1]]


def check_sizes(numbers: np.ndarray, window: tuple[int, int], strides: tuple[int, int]) -> None:
    """Raise ValueError if the window does not fit, or the animation would be too large."""
    if any(side > whole for side, whole in zip(window, numbers.shape, strict=True)):
        raise ValueError(
            "image: expected one that, with its padding, is at least as large as the window, "
            f"{_times(window)}, got {_times(numbers.shape)}"
        )
    if max(numbers.shape) > MAX_SIDE:
        raise ValueError(
            f"image: expected at most {MAX_SIDE}×{MAX_SIDE} with its padding, for its numbers to "
            f"be readable, got {_times(numbers.shape)}"
        )
    steps = windows_of(numbers, window, strides)[..., 0, 0].size
    if steps > MAX_STEPS:
        raise ValueError(
            f"strides: expected at most {MAX_STEPS} positions of the window, one per frame, got "
            f"{steps} (take larger strides or a smaller image)"
        )


def animate(
    slide: Slide, path: str | os.PathLike[str], *, title: str, caption: str, milliseconds: int
) -> Path:
    """Write the GIF, with one frame per position of the window."""
    target = checked_path(path, milliseconds)
    figure, scene = _draw(slide, title, caption)
    save_gif(target, figure, scene.show, slide.outputs.size, milliseconds=milliseconds)
    return target


class _Scene(NamedTuple):
    """The artists that change from frame to frame."""

    slide: Slide
    window: "Rectangle"
    output: "Rectangle"
    results: "list[Text]"
    formula: "Text"

    def show(self, step: int) -> None:
        """Change the artists to those of a step."""
        row, column = divmod(step, self.slide.outputs.shape[1])
        down, right = self.slide.strides
        self.window.set_xy((column * right - 0.5, row * down - 0.5))
        self.output.set_xy((column - 0.5, row - 0.5))
        for place, text in enumerate(self.results):
            text.set_visible(place <= step)
        line = f"Step {step + 1} of {len(self.results)}:  {self.slide.formulas[step]}"
        self.formula.set_text(textwrap.fill(line, LETTERS_PER_LINE))


def _draw(slide: Slide, title: str, caption: str) -> "tuple[Figure, _Scene]":
    grids = [slide.numbers, *([] if slide.kernel is None else [slide.kernel]), slide.outputs]
    columns = [grid.shape[1] for grid in grids]
    cell = min(MAX_CELL, (WIDTH - 0.8) / sum(columns))
    lines = max(len(text) + 16 for text in slide.formulas) // LETTERS_PER_LINE + 1
    rows = max(len(grid) for grid in grids)
    heights = [rows * cell + 0.3, 0.22 * lines]
    figure = new_figure(WIDTH, sum(heights) + 1.2, title=title, caption=caption)
    figure.set_dpi(100)
    cells = figure.add_gridspec(2, len(grids), width_ratios=columns, height_ratios=heights)
    axes = [figure.add_subplot(cells[0, place]) for place in range(len(grids))]
    for place, grid, name in zip(axes, grids, slide.names, strict=True):
        draw_grid(place, *grid.shape, room=rows)
        place.set_title(f"{name}, {_times(grid.shape)}", fontsize=11)
    first, last = axes[0], axes[-1]
    gray = np.where(slide.is_padding, PADDING_COLOR, "black")
    write_numbers(first, slide.numbers, cell, colors=gray)
    if slide.kernel is not None:
        write_numbers(axes[1], slide.kernel, cell)
    results = [text for row in write_numbers(last, slide.outputs, cell) for text in row]
    below = figure.add_subplot(cells[1, :])
    below.axis("off")
    formula = below.text(0.5, 0.5, "\n" * (lines - 1), ha="center", va="center", fontsize=12)
    window, output = _box(first, slide.window), _box(last, (1, 1))
    return figure, _Scene(slide, window, output, results, formula)


def _box(axes: "Axes", shape: tuple[int, int]) -> "Rectangle":
    from matplotlib.patches import Rectangle

    rows, columns = shape
    edge = Rectangle((-0.5, -0.5), columns, rows, facecolor=PALE_ORANGE, edgecolor=ORANGE)
    edge.set(linewidth=3, zorder=1)  # below the numbers
    axes.add_patch(edge)
    return edge


def _times(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))


COLORS = 48
"""Few, to make small files, but enough for the gray edges of letters."""


def checked_path(path: str | os.PathLike[str], milliseconds: int) -> Path:
    """Return the path, checked before anything is drawn.

    Raises:
        ValueError: If its name ends in something other than ``.gif``, or `milliseconds`, the
            duration of a frame, is below 20.
    """
    path = Path(path)
    if path.suffix.lower() != ".gif":
        raise ValueError(f"path: expected a name that ends in .gif, got {path.name}")
    if milliseconds < 20:  # browsers ignore shorter durations
        raise ValueError(f"milliseconds: expected at least 20, got {milliseconds}")
    return path


def save_gif(
    path: Path,
    figure: "Figure",
    show: Callable[[int], None],
    frames: int,
    *,
    milliseconds: int,
) -> None:
    """Draw a figure once per frame, and write a GIF that repeats.

    Args:
        path: The file to write.
        figure: The figure; its layout is computed for the first frame only.
        show: Changes the figure's artists to those of frame 0, 1, ...
        frames: Number of frames.
        milliseconds: Duration of each frame; the last one is three times as long.

    Raises:
        ImportError: If Pillow is not installed.
    """
    pillow = import_extra("PIL.Image")
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    pictures = []
    for frame in range(frames):
        show(frame)
        canvas.draw()
        figure.set_layout_engine("none")  # so that the axes do not move between frames
        pictures.append(pillow.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))
    # The last frame has all colors that occur; one palette for all frames avoids flicker.
    palette = pictures[-1].quantize(COLORS)
    first, *others = [picture.quantize(palette=palette, dither=0) for picture in pictures]
    durations = [milliseconds] * (frames - 1) + [3 * milliseconds]
    first.save(path, save_all=True, append_images=others, duration=durations, loop=0, optimize=True)
