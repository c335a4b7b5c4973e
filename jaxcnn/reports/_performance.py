"""Sections about test results: confusion matrix, class scores, calibration and robustness."""

import numpy as np

from jaxcnn import functional as F
from jaxcnn.explain import (
    ClassificationReport,
    Robustness,
    plot_class_scores,
    plot_confusion_matrix,
    plot_reliability,
    plot_robustness,
    plot_roc,
    robustness,
)
from jaxcnn.reports._class_scores import ClassScores, mean_score, percent
from jaxcnn.reports._html import Content, Html, MissingError, element, table
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import RunFolder

CONFUSION = (
    "Each row of the matrix is one true class, each column one predicted class. The diagonal "
    "counts right predictions; a dark cell elsewhere is a frequent mistake."
)
MAX_PAIRS = 10


def confusion(run: RunFolder) -> Content:
    """Plot the confusion matrix, and list the pairs of classes that are confused most often."""
    found = run.classification
    title = f"{run.model} on {len(found.labels):,} test {run.noun}s of {run.data}"
    figure = plot_confusion_matrix(found.confusion, found.class_names, title=title)
    return Content(
        CONFUSION,
        (plot(figure, _confusion_alt(found, run.noun)), *_confusion_table(found, run.noun)),
    )


def _confusion_alt(found: ClassificationReport, noun: str) -> str:
    names = found.class_names
    worst = [f"{names[p.label]} as {names[p.guess]} {p.examples} times" for p in found.confused[:3]]
    return (
        f"Confusion matrix of {len(names)} classes: {np.trace(found.confusion):,} of "
        f"{found.confusion.sum():,} {noun}s on the diagonal. Most often confused: "
        f"{'; '.join(worst) or 'none'}."
    )


def _confusion_table(found: ClassificationReport, noun: str) -> tuple[Html, ...]:
    names = found.class_names
    rows = [
        (names[pair.label], names[pair.guess], f"{pair.examples:,}", f"{pair.share:.1%}")
        for pair in found.confused[:MAX_PAIRS]
    ]
    head = ("true class", "predicted class", f"{noun}s", "share of the true class")
    return (table(head, rows, caption="Most often confused", texts=2),) if rows else ()


SCORES = (
    "Precision: the share of the {noun}s predicted as a class that are of that class. Recall: the "
    "share of the {noun}s of a class that are predicted as that class. F1 is their harmonic mean, "
    "which is high only if both are."
)
MULTILABEL_SCORES = (
    " A label is predicted if its probability is at least 50%. The average precision covers all "
    "such thresholds."
)


def scores(run: RunFolder) -> Content:
    """Plot and list precision, recall and F1 of each class."""
    lead = SCORES.format(noun=run.noun)
    if run.is_multilabel:
        return Content(lead + MULTILABEL_SCORES, (_label_scores_table(run), _overall_table(run)))
    found = run.classification
    figure = plot_class_scores(found, title=f"{run.model} on {run.data}: scores of each class")
    parts = (_scores_table(found, run.noun), _overall_table(run))
    return Content(lead, (plot(figure, _scores_alt(found)), *parts))


def _scores_alt(found: ClassificationReport) -> str:
    known = np.flatnonzero(found.support)
    order = known[np.argsort(-found.f1[known], kind="stable")]
    best, worst = (f"{found.class_names[k]} ({found.f1[k]:.1%})" for k in (order[0], order[-1]))
    return f"Scores of {len(found.f1)} classes. The highest F1 score: {best}; the lowest: {worst}."


def _scores_table(found: ClassificationReport, noun: str) -> Html:
    *columns, support = ClassScores.of_classes(found.confusion)
    rows = [
        (name, *(percent(column[k]) for column in columns), f"{support[k]:,}")
        for k, name in enumerate(found.class_names)
    ]
    rows.append(("mean", *map(percent, map(mean_score, columns)), f"{support.sum():,}"))
    head = ("class", "precision", "recall", "F1", f"{noun}s")
    return table(head, rows, caption="Scores of each class")


def _label_scores_table(run: RunFolder) -> Html:
    labels, likely = run.test_set.labels, run.probabilities
    *scores, support = ClassScores.of_labels(run.task.decide(likely), labels)
    columns = (*scores, np.asarray(F.average_precision(likely, labels)))
    rows = [
        (name, f"{support[k]:,}", *(percent(column[k]) for column in columns))
        for k, name in enumerate(run.interface.class_names)
    ]
    head = ("label", f"{run.noun}s", "precision", "recall", "F1", "average precision")
    caption = f"Scores of each label, on {len(labels):,} test {run.noun}s"
    return table(head, rows, caption=caption)


OVERALL = {
    "balanced_accuracy": ("balanced accuracy", "mean recall of the classes"),
    "macro_f1": ("macro F1", "mean F1 score"),
    "micro_f1": ("micro F1", "F1 score of all answers pooled"),
    "matthews_corrcoef": ("Matthews correlation (MCC)", "1 is all right, 0 as by chance"),
    "cohen_kappa": ("Cohen's kappa", "agreement beyond chance; 1 is all right, 0 as by chance"),
    "mean_average_precision": ("mAP", "mean average precision"),
    "roc_auc": ("AUC", "mean area under the ROC curves; 1 is perfect, 0.5 as by chance"),
    "brier_score": ("Brier score", "squared error of the probabilities; lower is better"),
}
"""Scores over all classes: what a reader calls them, and what they are."""


def _overall_table(run: RunFolder) -> Html:
    found = run.task.scores(run.test_set.logits, run.test_set.labels)
    scores = {} if found is None else found.to_dict()
    rows = [
        (name, meaning, f"{scores[key]:.4f}")
        for key, (name, meaning) in OVERALL.items()
        if scores.get(key) is not None
    ]
    return table(("score", "what it is", "value"), rows, caption="Over all classes", texts=2)


ROC = (
    "Each class against all others: how many of its {noun}s are found, against how many of the "
    "others are taken for it, for all thresholds of its probability. The area under a curve, the "
    "AUC, is 1 if one threshold separates the class from the others, and 0.5 for random scores."
)


def roc(run: RunFolder) -> Content:
    """Plot the ROC curves of the classes or labels."""
    names, labels = run.interface.class_names, run.test_set.labels
    likely = run.task.predictions(run.test_set.logits)
    areas = np.asarray(F.roc_auc(np.asarray(likely), labels, average=None))
    known = np.flatnonzero(~np.isnan(areas))
    if not len(known):
        raise MissingError(f"it needs test {run.noun}s of several classes.")
    figure = plot_roc(
        np.asarray(likely), labels, names, title=f"{run.model} on {run.data}: ROC curves"
    )
    worst = known[areas[known].argmin()]
    alt = (
        f"ROC curves of {len(known)} classes. Mean area under the curves: "
        f"{areas[known].mean():.4f}; the lowest: {names[worst]} ({areas[worst]:.4f})."
    )
    return Content(ROC.format(noun=run.noun), (plot(figure, alt),))


CALIBRATION = (
    "Predictions with a probability of 80% should be right in 80 of 100 cases. The {noun}s are "
    "grouped by the confidence of their predictions, and each group's confidence is compared with "
    "its accuracy. Bars on the diagonal are calibrated; bars below it are overconfident."
)


def calibration(run: RunFolder) -> Content:
    """Plot the reliability diagram; with a temperature, too, if it helps."""
    found = run.classification
    shown = {"as trained": found.calibration}
    if _is_better_scaled(found):
        shown[f"temperature {found.temperature_in_words}"] = found.scaled
    figure = plot_reliability(shown, title=f"{run.model} on {run.data}")
    return Content(
        CALIBRATION.format(noun=run.noun),
        (plot(figure, _calibration_alt(found)), _calibration_verdict(found, run.noun)),
    )


def _is_better_scaled(found: ClassificationReport) -> bool:
    """Tell whether a temperature makes the error smaller; of few examples, it often does not.

    Without a mistake, the best temperature would be 0: any confidence is too low.
    """
    return bool(len(found.mistakes)) and found.scaled.error < found.calibration.error


def _calibration_alt(found: ClassificationReport) -> str:
    error = f"Accuracy against confidence: a calibration error of {found.calibration.error:.1%}"
    if not _is_better_scaled(found):
        return f"{error}."
    return (
        f"{error} as trained, and of {found.scaled.error:.1%} with a temperature of "
        f"{found.temperature_in_words}."
    )


def _calibration_verdict(found: ClassificationReport, noun: str) -> Html:
    confidence, accuracy = found.calibration.mean_confidence, found.calibration.mean_accuracy
    verdict = "overconfident" if confidence > accuracy else "underconfident"
    text = (
        f"The mean confidence is {confidence:.1%} and the accuracy {accuracy:.1%}: the network is "
        f"{verdict}. The mean difference of the two over all groups, called the expected "
        f"calibration error, is {found.calibration.error:.1%}. "
    )
    halves = f"measured on each half of the {noun}s with the temperature that fits the other half"
    if _is_better_scaled(found):
        text += (
            f"Dividing the logits by a temperature of {found.temperature_in_words} before the "
            f"softmax makes it {found.scaled.error:.1%} ({halves}). This changes no prediction."
        )
    elif len(found.mistakes):
        text += f"Dividing the logits by a temperature does not make it smaller ({halves})."
    else:
        text += f"Without a mistake among the {noun}s, no temperature can be fitted."
    return element("p", text)


ROBUSTNESS = (
    "People recognize a thing in an image that is shifted or rotated a little. Here, the saved "
    "test images are changed in this way. A lower accuracy means that the network depends on "
    "positions or angles, or on colors if there is a row of gray images. Consider the size of a "
    "change: two pixels are little for a side of 32, but a fourth of a side of 8."
)
ANGLES = (5.0, 15.0, 30.0)
MAX_SHIFT = 1 / 4
"""Largest shift as a share of an image's side; larger ones move much of the image out of view."""


def on_changed_images(run: RunFolder) -> Content:
    """Plot and list the accuracy on the saved test images, unchanged and changed."""
    run.check_takes_images()
    run.check_has_classes()
    sample, network = run.sample, run.network
    side = min(run.interface.input_shape[:2])
    shifts = [shift for shift in (1, 2, 4) if shift <= MAX_SHIFT * side]
    found = robustness(network, sample, shifts=shifts, angles=ANGLES)
    figure = plot_robustness(found, title=f"{run.model} on changed images of {run.data}")
    return Content(ROBUSTNESS, (plot(figure, _robustness_alt(found)), _robustness_table(found)))


def _robustness_alt(found: Robustness) -> str:
    rows = [f"{row.change.words} {row.accuracy:.1%}" for row in found.rows]
    return f"Accuracy on {found.examples:,} test images: {', '.join(rows)}."


def _robustness_table(found: Robustness) -> Html:
    unchanged = found.rows[0].accuracy
    rows = [
        (
            row.change.words,
            f"{row.accuracy:.1%}",
            f"{row.interval[0]:.1%} to {row.interval[1]:.1%}",
            f"{100 * (unchanged - row.accuracy):.1f}" if number else "",
        )
        for number, row in enumerate(found.rows)
    ]
    head = ("images", "accuracy", "95% interval", "points lost")
    return table(head, rows, caption=f"Accuracy on {found.examples:,} test images")
