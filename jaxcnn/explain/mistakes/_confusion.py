"""Draw the confusion matrix, and the images of confused classes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arrays import as_array
from jaxcnn._support.names import as_names
from jaxcnn.data import LabeledImages
from jaxcnn.explain.drawing._drawable import check_names
from jaxcnn.explain.drawing._figure import as_written, figure_of, new_figure
from jaxcnn.explain.drawing._mosaic import GAP, LETTER, SIDE, draw_strip, write_name
from jaxcnn.explain.mistakes._classification_report import ClassificationReport
from jaxcnn.inference import check_same_classes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MAX_CLASSES_WITH_NUMBERS, MAX_CLASSES_WITH_NAMES = 20, 100
MAX_LISTED_CONFUSIONS = 40


def plot_confusion_matrix(
    matrix: ArrayLike, class_names: Sequence[str], *, title: str = "Confusion matrix"
) -> "Figure":
    """Plot a confusion matrix: how often each true class was predicted as each class.

    For up to 20 classes, the counts are written into the cells. For more than 20 classes, the most
    frequent confusions are listed beside the matrix. For more than 100 classes, the axes show class
    indices instead of names.

    Args:
        matrix: Counts `(K, K)`: row = true class, column = predicted class.
        class_names: The K names.
        title: The figure's title, such as "LeNet-5 on the test set of CIFAR-10".

    Returns:
        The figure: ``figure.savefig("confusion.png")`` writes it.

    Raises:
        ValueError: If the matrix is not square, or there is not one name per class.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> figure = explain.plot_confusion_matrix([[8, 2], [1, 9]], ["cat", "dog"])
        >>> [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
        ['cat', 'dog']
    """
    counts = as_array("matrix", matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"matrix: expected shape (K, K), got {counts.shape}")
    classes = len(counts)
    class_names = as_names("class_names", class_names)
    check_names("class_names", class_names, classes, "classes")
    names = [as_written(name, 20) for name in class_names]
    few = classes <= MAX_CLASSES_WITH_NUMBERS
    side = 3.6 + 0.5 * classes if few else 3.2 + 0.125 * min(classes, MAX_CLASSES_WITH_NAMES)
    list_width = 0 if few else 3.2
    figure = new_figure(side + list_width + 1, side, title=title, caption=_caption(counts))
    if few:
        axes = figure.subplots()
    else:
        axes, beside = figure.subplots(1, 2, width_ratios=[side + 1, list_width])
        _list_confusions(beside, counts, names)
    _draw(axes, counts, names, font_size=9 if few else 6)
    if few:
        _write_counts(axes, counts)
    return figure


def _draw(axes: "Axes", counts: np.ndarray, names: list[str], *, font_size: float) -> None:
    from matplotlib.colors import PowerNorm

    # The square root makes confusions of a few percent visible; they would be white without it.
    image = axes.imshow(_percent_of_row(counts), cmap="Blues", norm=PowerNorm(0.5, 0, 100))
    if len(names) <= MAX_CLASSES_WITH_NAMES:
        ticks = range(len(names))
        axes.set_xticks(ticks, names, rotation=90, fontsize=font_size)
        axes.set_yticks(ticks, names, fontsize=font_size)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    bar = figure_of(axes).colorbar(image, ax=axes, shrink=0.6, ticks=[0, 1, 5, 10, 25, 50, 100])
    bar.set_label("% of the true class")


def _write_counts(axes: "Axes", counts: np.ndarray) -> None:
    dark = _percent_of_row(counts) > 40
    for row, column in np.argwhere(counts):
        axes.text(
            column,
            row,
            f"{counts[row, column]:,}",
            ha="center",
            va="center",
            fontsize=9,
            color="white" if dark[row, column] else "black",
        )


def _list_confusions(axes: "Axes", counts: np.ndarray, names: list[str]) -> None:
    wrong = counts - np.diag(np.diagonal(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[
        : min(MAX_LISTED_CONFUSIONS, len(counts) // 3)
    ]
    pairs = [divmod(int(place), len(counts)) for place in order]
    lines = [f"{wrong[i, j]:>5,}   {names[i]} → {names[j]}" for i, j in pairs if wrong[i, j]]
    heading = "Most frequent confusions\ncount   true → predicted\n"
    axes.text(0, 1, "\n".join([heading, *lines]), va="top", fontsize=9, linespacing=1.6)
    axes.axis("off")


def _percent_of_row(counts: np.ndarray) -> np.ndarray:
    return 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def _caption(counts: np.ndarray) -> str:
    total, right = int(counts.sum()), int(np.trace(counts))
    rate = f" ({right / total:.1%})" if total else ""
    return (
        f"n = {total:,} examples, {right:,} right{rate}: those on the diagonal. Each row is one "
        "true class. The darker a cell, the larger its share of the row. The color scale is not "
        "linear: it follows the square root of the share, so that rare confusions are visible."
    )


MAX_LETTERS = 30


def plot_confused_pairs(
    report: ClassificationReport,
    dataset: LabeledImages,
    *,
    pairs: int = 8,
    per_pair: int = 8,
    title: str = "Most confused classes",
) -> "Figure":
    """Draw images of the class pairs that were confused most often, one row per pair.

    Args:
        report: From `classification_report`.
        dataset: The data set that the report was made from.
        pairs: Maximum number of rows.
        per_pair: Maximum number of images per row. The images of a row are in descending order of
            confidence.
        title: The figure's title, such as the network and the data.

    Returns:
        The figure: ``figure.savefig("confused.png")`` writes it.

    Raises:
        ValueError: If the report was made from another set or has no mistakes, or if `pairs` or
            `per_pair` is below 1.
        ImportError: If matplotlib is not installed.
    """
    if not np.array_equal(dataset.labels, report.labels):
        raise ValueError("dataset: expected the set that the report is of, got other labels")
    check_same_classes("dataset", dataset, report.class_names, "report")
    if not report.confused:
        raise ValueError("report: expected at least one mistake, got none")
    if pairs < 1 or per_pair < 1:
        name, number = ("pairs", pairs) if pairs < 1 else ("per_pair", per_pair)
        raise ValueError(f"{name}: expected at least 1, got {number}")
    shown = report.confused[:pairs]
    per_pair = min(per_pair, shown[0].examples)
    names = [f"{report.class_names[i]} → {report.class_names[j]}" for i, j, *_ in shown]
    words = min(MAX_LETTERS, max(map(len, names))) * LETTER + 0.3
    height, width, _ = dataset.input_shape
    strip = per_pair * (SIDE * width / max(height, width) + GAP)
    tall = SIDE * height / max(height, width) + GAP
    figure = new_figure(
        max(words + strip + 0.2, 4),
        len(shown) * tall + 1,
        title=title,
        caption=_caption_of_pairs(report),
    )
    grid = figure.add_gridspec(len(shown), 2, width_ratios=[words, strip])
    guesses = report.probabilities[report.mistakes].argmax(axis=1)
    for row, (name, pair) in enumerate(zip(names, shown, strict=True)):
        of_pair = (report.labels[report.mistakes] == pair.label) & (guesses == pair.guess)
        below = f"{pair.examples:,} of {report.support[pair.label]:,} ({pair.share:.1%})"
        write_name(figure.add_subplot(grid[row, 0]), name, below, MAX_LETTERS)
        images = dataset.read(report.mistakes[of_pair][:per_pair])
        draw_strip(figure.add_subplot(grid[row, 1]), images, per_pair)
    return figure


def _caption_of_pairs(report: ClassificationReport) -> str:
    return (
        "Each row: true class → predicted class, the number of examples confused in this way, "
        "their share of the true class, and images in descending order of confidence. "
        f"n = {len(report.labels):,} examples, {len(report.mistakes):,} of them wrong."
    )
