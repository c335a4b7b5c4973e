"""How well each class is told from the others."""

from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.classification._report import ClassificationReport
from jaxcnn.explain.plots._figure import (
    BLUE,
    GRAY,
    ORANGE,
    PALE_GRAY,
    as_written,
    new_figure,
    quiet_rows,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW = 0.3  # inches
MOST_ROWS = 60


def plot_class_scores(report: ClassificationReport, *, title: str = "Classes") -> "Figure":
    """Plot precision, recall and F1 score of each class, the best-told class first.

    Args:
        report: from `classification_report`. Of more than 60 classes those with the lowest F1
            scores are shown.
        title: which network on which data.

    Returns:
        The figure: ``figure.savefig("classes.png")`` writes it.

    Raises:
        ImportError: where matplotlib is missing.

    Example:
        >>> from jaxcnn import explain
        >>> report = ClassificationReport.of(
        ...     [[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]], [0, 1, 1], ("cat", "dog")
        ... )
        >>> axes = explain.plot_class_scores(report).axes[0]
        >>> [tick.get_text() for tick in axes.get_yticklabels()]
        ['cat (1)', 'dog (2)']
    """
    order = np.argsort(-report.f1, kind="stable")[-MOST_ROWS:]
    figure = new_figure(
        7, ROW * len(order) + 2.1, title=title, caption=_caption(report, len(order))
    )
    axes = figure.subplots()
    rows = np.arange(len(order))
    precision, recall, f1 = (
        100 * scores[order] for scores in (report.precision, report.recall, report.f1)
    )
    axes.hlines(rows, np.minimum(precision, recall), np.maximum(precision, recall), color=PALE_GRAY)
    axes.plot(
        precision,
        rows,
        ">",
        color=ORANGE,
        markersize=7,
        label="precision: right of those called so",
    )
    axes.plot(
        recall,
        rows,
        "s",
        color=BLUE,
        markersize=10,
        markerfacecolor="none",
        markeredgewidth=1.5,
        label="recall: found of those that are",
    )
    axes.plot(f1, rows, "o", color="black", markersize=3.5, label="F1: harmonic mean of both")
    names = [f"{as_written(report.class_names[k], 20)} ({report.support[k]:,})" for k in order]
    axes.set_yticks(rows, names)
    axes.set(xlabel="precision, recall and F1 score (%)", ylim=(len(order) - 0.5, -0.5))
    quiet_rows(axes)
    axes.axvline(100 * report.accuracy, color=GRAY, linestyle=":", label="accuracy of all")
    axes.legend(loc="lower center", bbox_to_anchor=(0.45, 1), ncols=2, frameon=False, fontsize=9)
    return figure


def _caption(report: ClassificationReport, shown: int) -> str:
    classes = len(report.class_names)
    which = "" if shown == classes else f" The {shown} of {classes} classes with the lowest scores."
    return (
        f"n = {len(report.labels):,} examples; in brackets, how many of the class. The highest "
        f"F1 score comes first.{which}"
    )
