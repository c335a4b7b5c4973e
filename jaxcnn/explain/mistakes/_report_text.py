"""Write a classification report as text and as plain data."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxcnn.explain.trust._calibration import Reliability

if TYPE_CHECKING:
    from jaxcnn.explain.mistakes._classification_report import ClassificationReport


PAIRS_LISTED, MISTAKES_LISTED = 8, 8
MISTAKES_IN_DICT = 100
NUMBER_WIDTH = 10


def as_text(report: "ClassificationReport") -> str:
    """Write the report as a page: result, classes, confusions, mistakes, calibration."""
    low, high = report.interval
    examples = len(report.labels)
    blocks = [
        f"{report.accuracy:.2%} of {examples:,} examples right "
        f"(95 % interval {low:.2%} to {high:.2%})",
        _class_table(report),
    ]
    if report.confused:
        blocks += [_pairs(report), _mistakes(report)]
    blocks.append(_calibration(report))
    return "\n\n".join(blocks)


def as_dict(report: "ClassificationReport") -> dict[str, Any]:
    """Return the report as plain data for JSON; of the mistakes, the hundred most confident."""
    names = report.class_names
    classes = zip(names, report.precision, report.recall, report.f1, report.support, strict=True)
    return {
        "examples": len(report.labels),
        "accuracy": report.accuracy,
        "accuracy_interval": list(report.interval),
        "classes": [
            {
                "name": name,
                "precision": float(precision),
                "recall": float(recall),
                "f1": float(f1),
                "support": int(support),
            }
            for name, precision, recall, f1, support in classes
        ],
        "confusion": report.confusion.tolist(),
        "confused": [
            {"label": names[i], "guess": names[j], "examples": examples, "share": share}
            for i, j, examples, share in report.confused
        ],
        "mistakes": [
            {"example": i, "label": label, "guess": guess, "confidence": sure}
            for i, label, guess, sure in _worst_mistakes(report, MISTAKES_IN_DICT)
        ],
        "temperature": report.temperature,
        "calibration": _reliability_dict(report.calibration),
        "scaled": _reliability_dict(report.scaled),
    }


def _class_table(report: "ClassificationReport") -> str:
    """Write scikit-learn's table of scores; its last row is the mean over classes."""
    head = ("class", "examples", "precision", "recall", "F1")
    scores = np.stack([report.precision, report.recall, report.f1], axis=1)
    rows = [
        (name, f"{support:,}", *map(_percent, row))
        for name, support, row in zip(report.class_names, report.support, scores, strict=True)
    ]
    rows.append(("mean over classes", "", *map(_percent, scores.mean(axis=0))))
    width = max(len(row[0]) for row in (head, *rows))
    return "\n".join(_line(row, width) for row in (head, *rows))


def _line(cells: Sequence[str], width: int) -> str:
    return cells[0].ljust(width) + "".join(cell.rjust(NUMBER_WIDTH) for cell in cells[1:])


def _pairs(report: "ClassificationReport") -> str:
    names = report.class_names
    lines = [
        f"  {names[i]} → {names[j]}: {examples:,} of {report.support[i]:,} ({share:.1%})"
        for i, j, examples, share in report.confused[:PAIRS_LISTED]
    ]
    return "\n".join(["most confused (true → predicted):", *lines])


def _mistakes(report: "ClassificationReport") -> str:
    lines = [
        f"  example {i}: {label} → {guess} with {sure:.1%}"
        for i, label, guess, sure in _worst_mistakes(report, MISTAKES_LISTED)
    ]
    return "\n".join([f"worst of {len(report.mistakes):,} mistakes:", *lines])


def _worst_mistakes(report: "ClassificationReport", most: int) -> list[tuple[int, str, str, float]]:
    """Return index, label, prediction and confidence of the worst mistakes."""
    names, likely = report.class_names, report.probabilities
    return [
        (int(i), names[report.labels[i]], names[likely[i].argmax()], float(likely[i].max()))
        for i in report.mistakes[:most]
    ]


def _calibration(report: "ClassificationReport") -> str:
    before, after = report.calibration, report.scaled
    verdict = "" if after.error < before.error else ", which is no better: do not use it"
    return (
        f"calibration: mean confidence {before.mean_confidence:.1%}, accuracy "
        f"{before.mean_accuracy:.1%}, calibration error {before.error:.2%};\n"
        f"with logits divided by the temperature {report.temperature:.3g}: "
        f"{after.error:.2%}{verdict}"
    )


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _reliability_dict(reliability: Reliability) -> dict[str, Any]:
    return {
        "error": reliability.error,
        "edges": reliability.edges.tolist(),
        "counts": reliability.counts.tolist(),
        "confidence": _finite(reliability.confidence),
        "accuracy": _finite(reliability.accuracy),
    }


def _finite(values: np.ndarray) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]
