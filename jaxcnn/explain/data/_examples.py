"""Draw a page of a data set's images, one row per class."""

import math
from typing import TYPE_CHECKING

import numpy as np

from jaxcnn._support.arguments import check_int
from jaxcnn.data import Dataset
from jaxcnn.explain._inputs import check_takes_images
from jaxcnn.explain.drawing._figure import new_figure
from jaxcnn.explain.drawing._mosaic import GAP, LETTER, SIDE, draw_strip, write_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure


ROWS_PER_COLUMN, MAX_CLASSES = 20, 100
MAX_LETTERS = 18


def plot_examples(dataset: Dataset, *, per_class: int = 8, title: str | None = None) -> "Figure":
    """Draw the first images of each class: one row per class, with the class name and count.

    Use it before training, to see what the network should learn.

    Args:
        dataset: Gray or color images. With several labels per image, the row of a label shows
            images that have this label. These images can have other labels, too.
        per_class: Maximum number of images per row.
        title: The figure's title; None means the name and size of the data set.

    Returns:
        The figure: ``figure.savefig("examples.png")`` writes it. Only the first 100 classes are
        shown.

    Raises:
        ValueError: If the images are neither gray nor color, the data set has no classes, or
            `per_class` is below 1.
        ImportError: If matplotlib is not installed.

    Example:
        >>> import jaxcnn
        >>> figure = plot_examples(jaxcnn.data.digits().test, per_class=4)
        >>> figure.get_suptitle()
        'digits, n = 360 images of 8×8'
    """
    check_int("per_class", per_class)
    check_takes_images("plot_examples", dataset.kind, dataset.task)
    height, width, _ = dataset.input_shape
    classes = min(dataset.num_classes, MAX_CLASSES)
    letters = min(MAX_LETTERS, max(map(len, dataset.class_names[:classes])))
    names = letters * LETTER + 0.5
    columns = math.ceil(classes / ROWS_PER_COLUMN)
    rows = math.ceil(classes / columns)
    tall = SIDE * height / max(height, width)
    strip = per_class * (SIDE * width / max(height, width) + GAP)
    figure = new_figure(
        max(columns * (names + strip) + 0.2, 4),
        rows * (tall + GAP) + 1.0,
        title=title or f"{dataset.name}, n = {len(dataset):,} images of {height}×{width}",
        caption=_caption(dataset, per_class),
    )
    grid = figure.add_gridspec(rows, 2 * columns, width_ratios=[names, strip] * columns)
    for k in range(classes):
        indices = _first_of(dataset, k, per_class)
        column, row = divmod(k, rows)
        name, strip_axes = (figure.add_subplot(grid[row, 2 * column + i]) for i in (0, 1))
        write_name(name, dataset.class_names[k], f"{dataset.class_counts[k]:,}", MAX_LETTERS)
        draw_strip(strip_axes, dataset.images[indices], per_class)
    return figure


def _first_of(dataset: Dataset, label: int, count: int) -> np.ndarray:
    return np.flatnonzero(dataset.task.members(dataset.labels, label))[:count]


def _caption(dataset: Dataset, per_class: int) -> str:
    kind = "label" if dataset.multilabel else "class"
    left_out = dataset.num_classes > MAX_CLASSES
    which = f" Shown are the first {MAX_CLASSES} of {dataset.num_classes:,}." * left_out
    return (
        f"The first {per_class} images of each {kind}. Below each name: the number of images with "
        f"that {kind}.{which}"
    )
