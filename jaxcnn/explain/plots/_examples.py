"""A page of a data set's own images, a row a class: what a network is given to learn."""

import math
from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.data import Dataset
from jaxcnn.explain.plots._checks import as_pictures
from jaxcnn.explain.plots._figure import GRAY, as_written, new_figure, remove_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROWS_A_COLUMN = 20
# Inches: a letter of a name, a picture's longer side, the white between two pictures.
LETTER, SIDE, GAP = 0.09, 0.62, 0.08
MOST_LETTERS = 18


def plot_examples(dataset: Dataset, *, per_class: int = 8, title: str | None = None) -> "Figure":
    """Show the first images of each class, one row a class, with its name and count.

    Args:
        dataset: Gray or colour images. With several labels an image, a row shows images that
            have the row's label, whatever else they show.
        per_class: How many images a row, at most.
        title: What the data are; None: the set's name and size.

    Returns:
        The figure: ``figure.savefig("examples.png")`` writes it.

    Raises:
        ValueError: For images that are neither gray nor colour, or `per_class` below 1.
        ImportError: Where matplotlib is missing.

    Example:
        >>> import jaxcnn
        >>> figure = plot_examples(jaxcnn.data.digits().test, per_class=4)
        >>> figure.get_suptitle()
        'digits, n = 360 images of 8×8'
    """
    if per_class < 1:
        raise ValueError(f"per_class must be at least 1; got {per_class}")
    height, width, _ = dataset.input_shape
    chosen = [_first_of(dataset, k, per_class) for k in range(dataset.num_classes)]
    letters = min(MOST_LETTERS, max(map(len, dataset.class_names)))
    names = letters * LETTER + 0.5
    columns = math.ceil(dataset.num_classes / ROWS_A_COLUMN)
    rows = math.ceil(dataset.num_classes / columns)
    tall = SIDE * height / max(height, width)
    strip = per_class * (SIDE * width / max(height, width) + GAP)
    figure = new_figure(
        max(columns * (names + strip) + 0.2, 4),
        rows * (tall + GAP) + 1.0,
        title=title or f"{dataset.name}, n = {len(dataset):,} images of {height}×{width}",
        caption=_caption(dataset, per_class),
    )
    grid = figure.add_gridspec(rows, 2 * columns, width_ratios=[names, strip] * columns)
    for k, indices in enumerate(chosen):
        column, row = divmod(k, rows)
        name, strip_axes = (figure.add_subplot(grid[row, 2 * column + i]) for i in (0, 1))
        _write_name(name, dataset.class_names[k], int(dataset.class_counts[k]))
        _draw_strip(strip_axes, dataset.images[indices], per_class)
    return figure


def _first_of(dataset: Dataset, label: int, count: int) -> np.ndarray:
    has_it = dataset.labels[:, label] if dataset.multilabel else dataset.labels == label
    return np.flatnonzero(has_it)[:count]


def _write_name(axes: "Axes", name: str, count: int) -> None:
    remove_frame(axes)
    axes.text(1, 0.52, as_written(name, MOST_LETTERS), ha="right", va="bottom", fontsize=9)
    axes.text(1, 0.46, f"{count:,}", ha="right", va="top", fontsize=8, color=GRAY)


def _draw_strip(axes: "Axes", images: np.ndarray, places: int) -> None:
    """Up to `places` images side by side; the places that no image fills stay white."""
    remove_frame(axes)
    axes.set_anchor("W")
    if not len(images):
        return
    pictures = as_pictures(images)
    _, height, width, _ = pictures.shape
    gap = math.ceil(GAP / SIDE * max(height, width))
    mosaic = np.ones((height, places * (width + gap) - gap, 3), np.float32)
    for place, picture in enumerate(pictures):
        mosaic[:, place * (width + gap) :][:, :width] = picture
    axes.imshow(mosaic, interpolation="nearest")


def _caption(dataset: Dataset, per_class: int) -> str:
    kind = "label" if dataset.multilabel else "class"
    return f"The first {per_class} images of each {kind}; below its name, how many there are."
