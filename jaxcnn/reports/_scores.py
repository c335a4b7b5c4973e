"""How well each class is found."""

from statistics import mean

import numpy as np

from jaxcnn import functional as F
from jaxcnn.explain import ClassificationReport, plot_class_scores
from jaxcnn.reports._html import Html, table
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import Material
from jaxcnn.reports._section import Section

TITLE = "Class by class"
LEAD = (
    "Precision: of the images that the network took for a class, how many are of it. Recall: of "
    "the images of a class, how many it found. F1 lies between the two (their harmonic mean), "
    "and is high only where both are."
)
OF_SEVERAL = (
    " A label counts as told from a probability of 50 % on. The average precision is over all "
    "such thresholds."
)


def scores(material: Material) -> Section:
    """Precision, recall and F1 of each class."""
    if material.facts.multilabel:
        return Section(TITLE, LEAD + OF_SEVERAL, (_table_of_several(material),))
    found = material.classification
    figure = plot_class_scores(found, title=f"{material.model} on {material.data}, class by class")
    return Section(TITLE, LEAD, (plot(figure, _alt(found)), _table(found)))


def _alt(found: ClassificationReport) -> str:
    known = np.flatnonzero(np.isfinite(found.f1))
    if not len(known):
        return "Scores of the classes; none of them is known."
    order = known[np.argsort(-found.f1[known], kind="stable")]
    best, worst = (f"{found.class_names[k]} ({found.f1[k]:.1%})" for k in (order[0], order[-1]))
    return f"Scores of {len(found.f1)} classes. The highest F1 score: {best}; the lowest: {worst}."


def _table(found: ClassificationReport) -> Html:
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


def _table_of_several(material: Material) -> Html:
    labels, likely = material.kept.labels, material.probabilities
    found = F.multilabel_precision_recall_f1(F.multilabel_confusion_matrix(likely >= 0.5, labels))
    columns = (*map(np.asarray, found), np.asarray(F.average_precision(likely, labels)))
    rows = [
        (name, f"{labels[:, k].sum():,}", *(_percent(column[k]) for column in columns))
        for k, name in enumerate(material.facts.class_names)
    ]
    head = ("label", "images", "precision", "recall", "F1", "average precision")
    return table(head, rows, caption=f"Scores of each label, on {len(labels):,} test images")


def _percent(value: float) -> str:
    return f"{value:.1%}" if np.isfinite(value) else "none"
