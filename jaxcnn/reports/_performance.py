"""How well the network does: class by class, in its probabilities, and on changed images."""

from statistics import mean

import numpy as np

from jaxcnn import functional as F
from jaxcnn.explain import (
    ClassificationReport,
    Robustness,
    plot_class_scores,
    plot_confusion_matrix,
    plot_reliability,
    plot_robustness,
    robustness,
)
from jaxcnn.reports._html import Content, Html, element, table
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import RunFolder

CONFUSION = (
    "Each row of the matrix is one true class, each column what the network said. On the "
    "diagonal are the images that it got right; a dark cell elsewhere is a mistake that it "
    "makes often."
)
MAX_PAIRS = 10


def confusion(run: RunFolder) -> Content:
    """The matrix, and the pairs of classes that are confused most often."""
    found = run.classification
    title = f"{run.model} on {len(found.labels):,} test images of {run.data}"
    figure = plot_confusion_matrix(found.confusion, found.class_names, title=title)
    return Content(CONFUSION, (plot(figure, _confusion_alt(found)), *_confusion_table(found)))


def _confusion_alt(found: ClassificationReport) -> str:
    names = found.class_names
    worst = [f"{names[p.label]} as {names[p.guess]} {p.examples} times" for p in found.confused[:3]]
    return (
        f"Confusion matrix of {len(names)} classes: {np.trace(found.confusion):,} of "
        f"{found.confusion.sum():,} images on the diagonal. Most often confused: "
        f"{'; '.join(worst) or 'none'}."
    )


def _confusion_table(found: ClassificationReport) -> tuple[Html, ...]:
    names = found.class_names
    rows = [
        (names[pair.label], names[pair.guess], f"{pair.examples:,}", f"{pair.share:.1%}")
        for pair in found.confused[:MAX_PAIRS]
    ]
    head = ("what it is", "taken for", "images", "of that class")
    return (table(head, rows, caption="Most often confused", texts=2),) if rows else ()


SCORES = (
    "Precision: of the images that the network took for a class, how many are of it. Recall: of "
    "the images of a class, how many it found. F1 lies between the two (their harmonic mean), "
    "and is high only where both are."
)
SCORES_OF_LABELS = (
    " A label counts as told from a probability of 50 % on. The average precision is over all "
    "such thresholds."
)


def scores(run: RunFolder) -> Content:
    """Precision, recall and F1 of each class."""
    if run.is_multilabel:
        return Content(SCORES + SCORES_OF_LABELS, (_label_scores_table(run),))
    found = run.classification
    figure = plot_class_scores(found, title=f"{run.model} on {run.data}, class by class")
    return Content(SCORES, (plot(figure, _scores_alt(found)), _scores_table(found)))


def _scores_alt(found: ClassificationReport) -> str:
    known = np.flatnonzero(np.isfinite(found.f1))
    if not len(known):
        return "Scores of the classes; none of them is known."
    order = known[np.argsort(-found.f1[known], kind="stable")]
    best, worst = (f"{found.class_names[k]} ({found.f1[k]:.1%})" for k in (order[0], order[-1]))
    return f"Scores of {len(found.f1)} classes. The highest F1 score: {best}; the lowest: {worst}."


def _scores_table(found: ClassificationReport) -> Html:
    columns = (found.precision, found.recall, found.f1)
    rows = [
        (name, *(_percent(column[k]) for column in columns), f"{found.support[k]:,}")
        for k, name in enumerate(found.class_names)
    ]
    known = [column[np.isfinite(column)] for column in columns]
    means = (_percent(mean(column.tolist()) if len(column) else np.nan) for column in known)
    rows.append(("mean", *means, f"{found.support.sum():,}"))
    head = ("class", "precision", "recall", "F1", "images")
    return table(head, rows, caption="Scores of each class")


def _label_scores_table(run: RunFolder) -> Html:
    labels, likely = run.kept.labels, run.probabilities
    found = F.multilabel_precision_recall_f1(F.multilabel_confusion_matrix(likely >= 0.5, labels))
    columns = (*map(np.asarray, found), np.asarray(F.average_precision(likely, labels)))
    rows = [
        (name, f"{labels[:, k].sum():,}", *(_percent(column[k]) for column in columns))
        for k, name in enumerate(run.interface.class_names)
    ]
    head = ("label", "images", "precision", "recall", "F1", "average precision")
    return table(head, rows, caption=f"Scores of each label, on {len(labels):,} test images")


def _percent(value: float) -> str:
    return f"{value:.1%}" if np.isfinite(value) else "none"


CALIBRATION = (
    "A network that says 80 % should be right in 80 of 100 such cases. The images are sorted into "
    "groups by how sure the network was, and in each group that is set beside the share that is "
    "right: bars on the diagonal are honest, below it the network was too sure."
)


def calibration(run: RunFolder) -> Content:
    """The reliability diagram, with and without a temperature."""
    found = run.classification
    shown = {
        "as trained": found.calibration,
        f"temperature {found.temperature:.3g}": found.scaled,
    }
    figure = plot_reliability(shown, title=f"{run.model} on {run.data}")
    return Content(
        CALIBRATION, (plot(figure, _calibration_alt(found)), _calibration_in_words(found))
    )


def _calibration_alt(found: ClassificationReport) -> str:
    return (
        f"Accuracy against confidence: a calibration error of {found.calibration.error:.1%} as "
        f"trained, and of {found.scaled.error:.1%} with a temperature of {found.temperature:.3g}."
    )


def _calibration_in_words(found: ClassificationReport) -> Html:
    sure, right = found.calibration.mean_confidence, found.calibration.mean_accuracy
    verdict = "too sure of itself" if sure > right else "less sure than it might be"
    text = (
        f"On average the network was {sure:.1%} sure and {right:.1%} right: it is {verdict}. Over "
        f"all groups, the two lie {found.calibration.error:.1%} apart, which is called the "
        f"expected calibration error. Dividing its logits by a temperature of "
        f"{found.temperature:.3f} before the softmax makes that {found.scaled.error:.1%} (each "
        "half of the images with the temperature that suits the other half). No answer changes "
        "by it."
    )
    return element("p", text)


ROBUSTNESS = (
    "People see the same thing in a picture that is moved or turned a little. These are the kept "
    "test images, changed so; what the network loses by it, it has tied to places, angles or "
    "colors. Mind the size of the change: two pixels are little of 32, and a fourth of 8."
)
ANGLES = (5.0, 15.0, 30.0)
MAX_SHIFT = 1 / 4
"""Of an image's side: larger shifts move much out of it."""


def on_changed_images(run: RunFolder) -> Content:
    """Accuracy on the kept images as they are, and on changed copies."""
    network, sample, _ = run.network, run.sample, run.task
    side = min(run.interface.input_shape[:2])
    shifts = [shift for shift in (1, 2, 4) if shift <= MAX_SHIFT * side]
    found = robustness(network, sample, shifts=shifts, angles=ANGLES)
    figure = plot_robustness(found, title=f"{run.model} on changed images of {run.data}")
    return Content(ROBUSTNESS, (plot(figure, _robustness_alt(found)), _robustness_table(found)))


def _robustness_alt(found: Robustness) -> str:
    rows = [f"{row.change.words} {row.accuracy:.1%}" for row in found.rows]
    return f"Accuracy on {found.examples:,} test images: {', '.join(rows)}."


def _robustness_table(found: Robustness) -> Html:
    as_they_are = found.rows[0].accuracy
    rows = [
        (
            row.change.words,
            f"{row.accuracy:.1%}",
            f"{row.interval[0]:.1%} to {row.interval[1]:.1%}",
            f"{100 * (as_they_are - row.accuracy):.1f}" if number else "",
        )
        for number, row in enumerate(found.rows)
    ]
    head = ("images", "accuracy", "95 % interval", "points lost")
    return table(head, rows, caption=f"Accuracy on {found.examples:,} test images")
