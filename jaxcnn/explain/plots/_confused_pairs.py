"""The images of one class that were taken for another."""

from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.data import LabelledImages
from jaxcnn.explain.classification._report import ClassificationReport
from jaxcnn.explain.plots._figure import new_figure
from jaxcnn.explain.plots._strips import GAP, LETTER, SIDE, draw_strip, write_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LETTERS = 30


def plot_confused_pairs(
    report: ClassificationReport,
    dataset: LabelledImages,
    *,
    pairs: int = 8,
    per_pair: int = 8,
    title: str = "Most confused classes",
) -> "Figure":
    """Show images of the pairs of classes that were confused most often, a row a pair.

    Args:
        report: from `classification_report`.
        dataset: the set that it is of.
        pairs: how many rows, at most.
        per_pair: how many images a row, at most; the most confident mistakes come first.
        title: which network on which data.

    Returns:
        The figure: ``figure.savefig("confused.png")`` writes it.

    Raises:
        ValueError: if the set is another one, nothing is wrong, or a number is below 1.
        ImportError: where matplotlib is missing.
    """
    if not np.array_equal(dataset.labels, report.labels):
        raise ValueError("dataset must be the set that the report is of; its labels differ")
    if not report.confused:
        raise ValueError("report must hold mistakes; all is right")
    if pairs < 1 or per_pair < 1:
        raise ValueError(f"pairs and per_pair must be at least 1; got {pairs} and {per_pair}")
    shown = report.confused[:pairs]
    per_pair = min(per_pair, shown[0].examples)
    names = [f"{report.class_names[i]} → {report.class_names[j]}" for i, j, *_ in shown]
    words = min(MOST_LETTERS, max(map(len, names))) * LETTER + 0.3
    height, width, _ = dataset.input_shape
    strip = per_pair * (SIDE * width / max(height, width) + GAP)
    tall = SIDE * height / max(height, width) + GAP
    figure = new_figure(
        max(words + strip + 0.2, 4), len(shown) * tall + 1, title=title, caption=_caption(report)
    )
    grid = figure.add_gridspec(len(shown), 2, width_ratios=[words, strip])
    guesses = report.probabilities[report.mistakes].argmax(axis=1)
    for row, (name, pair) in enumerate(zip(names, shown, strict=True)):
        of_pair = (report.labels[report.mistakes] == pair.label) & (guesses == pair.guess)
        below = f"{pair.examples:,} of {report.support[pair.label]:,} ({pair.share:.1%})"
        write_name(figure.add_subplot(grid[row, 0]), name, below, MOST_LETTERS)
        images = dataset.read(report.mistakes[of_pair][:per_pair])
        draw_strip(figure.add_subplot(grid[row, 1]), images, per_pair)
    return figure


def _caption(report: ClassificationReport) -> str:
    return (
        "True class → what it was taken for, and how many of the class were. "
        f"n = {len(report.labels):,} examples, {len(report.mistakes):,} of them wrong; the most "
        "confident mistakes come first."
    )
