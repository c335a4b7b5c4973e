"""Write a classification report as text and as plain data."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from jaxcnn import functional as F
from jaxcnn._support.notebooks import Block
from jaxcnn._support.tables import Table
from jaxcnn._support.units import probability_text

if TYPE_CHECKING:
    from jaxcnn.explain.mistakes._classification_report import ClassificationReport


AVERAGES: tuple[Literal["macro", "weighted"], ...] = ("macro", "weighted")
PAIRS_LISTED, MISTAKES_LISTED = 8, 8
MISTAKES_IN_DICT = 100


def blocks_of(report: "ClassificationReport") -> list[Block]:
    """Write the report as a page: result, classes, confusions, mistakes, calibration."""
    low, high = report.interval
    examples = len(report.labels)
    blocks: list[Block] = [
        f"{report.accuracy:.2%} of {examples:,} examples right "
        f"(95% interval {low:.2%} to {high:.2%})\n{report.scores}",
        _class_table(report),
    ]
    if report.confused:
        blocks += [_pairs(report), _mistakes(report)]
    return [*blocks, _calibration(report)]


def rows_of(report: "ClassificationReport") -> list[dict[str, Any]]:
    """Return the scores of each class."""
    scores = (report.precision, report.recall, report.f1, report.support)
    keys = ("name", "precision", "recall", "f1", "support")
    columns = (report.class_names, *(values.tolist() for values in scores))
    return [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]


def content_of(report: "ClassificationReport") -> dict[str, Any]:
    """Return the content that is exported; of the mistakes, the hundred most confident."""
    names = report.class_names
    return {
        "examples": len(report.labels),
        "accuracy": report.accuracy,
        "accuracy_interval": report.interval,
        "scores": report.scores,
        "classes": rows_of(report),
        "confusion": report.confusion,
        "confused": [
            {"label": names[i], "guess": names[j], "examples": examples, "share": share}
            for i, j, examples, share in report.confused
        ],
        "mistakes": [
            {"example": i, **_file(report, i), "label": label, "guess": guess, "confidence": sure}
            for i, label, guess, sure in _worst_mistakes(report, MISTAKES_IN_DICT)
        ],
        "temperature": report.temperature,
        "calibration": report.calibration,
        "scaled": report.scaled,
    }


def _class_table(report: "ClassificationReport") -> Table:
    """Write scikit-learn's table of scores; its last rows are averages over the classes."""
    scores = np.stack([report.precision, report.recall, report.f1], axis=1)
    lines = [
        (name, f"{support:,}", *(map(_percent, row) if occurs else ["–"] * 3))
        for name, support, row, occurs in zip(
            report.class_names, report.support, scores, _occurring(report), strict=True
        )
    ]
    for average in AVERAGES:
        means = map(float, F.precision_recall_f1(report.confusion, average=average))
        lines.append((f"{average} average", "", *map(_percent, means)))
    return Table([("class", "examples", "precision", "recall", "F1"), *lines])


def _occurring(report: "ClassificationReport") -> np.ndarray:
    """Tell for each class whether it is a label or a prediction; else the averages omit it."""
    return (report.confusion + report.confusion.T).sum(axis=0) > 0


def _pairs(report: "ClassificationReport") -> Table:
    names = report.class_names
    lines = [
        (names[i], names[j], f"{examples:,} of {report.support[i]:,}", _percent(share))
        for i, j, examples, share in report.confused[:PAIRS_LISTED]
    ]
    head = ("true class", "predicted", "examples", "share")
    return Table([head, *lines], words=2, heading="Most confused")


def _mistakes(report: "ClassificationReport") -> Table:
    lines = [
        (f"{i}", _file(report, i).get("path", ""), label, guess, probability_text(sure))
        for i, label, guess, sure in _worst_mistakes(report, MISTAKES_LISTED)
    ]
    head = ("example", "file", "true class", "predicted", "confidence")
    heading = f"Worst of {len(report.mistakes):,} mistakes"
    return Table([head, *lines], words=4, heading=heading)


def _file(report: "ClassificationReport", example: int) -> dict[str, str]:
    """Return the path of an example's file; empty if it does not come from a file."""
    return {} if report.paths is None else {"path": report.paths[example]}


def _worst_mistakes(report: "ClassificationReport", most: int) -> list[tuple[int, str, str, float]]:
    """Return index, label, prediction and confidence of the worst mistakes."""
    names, likely = report.class_names, report.probabilities
    return [
        (int(i), names[report.labels[i]], names[likely[i].argmax()], float(likely[i].max()))
        for i in report.mistakes[:most]
    ]


def _calibration(report: "ClassificationReport") -> str:
    before, after = report.calibration, report.scaled
    measured = (
        f"calibration: mean confidence {before.mean_confidence:.1%}, accuracy "
        f"{before.mean_accuracy:.1%}, calibration error {before.error:.2%};\n"
    )
    if not len(report.mistakes):
        return f"{measured}without a mistake, no temperature can be fitted"
    verdict = "" if after.error < before.error else ", which is no better: do not use it"
    return (
        f"{measured}with logits divided by a temperature of {report.temperature_in_words}: "
        f"{after.error:.2%}{verdict}"
    )


def _percent(share: float) -> str:
    return f"{share:.1%}"
