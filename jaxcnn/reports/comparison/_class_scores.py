"""The section with the scores of each class, the runs beside each other."""

from collections.abc import Mapping

import numpy as np

from jaxcnn import functional as F
from jaxcnn.reports._html import Content, Html, MissingError, element, table
from jaxcnn.reports._run_folder import HOW_TO_SAVE, RunFolder
from jaxcnn.reports.comparison._compare import Compared

LEAD = (
    "F1 is the harmonic mean of precision (the share of the {noun}s predicted as a class that are "
    "of that class) and recall (the share of the {noun}s of a class that are found). It is high "
    "only if both are. All scores are for the test {noun}s that a run has saved; the highest of a "
    "row is bold."
)
MULTILABEL = " A label is predicted if its probability is at least 50%."
SCORES = ("F1", "recall", "precision")


def class_scores(compared: Compared) -> Content:
    """List F1, recall and precision of each class, one column per run."""
    first = compared.folders[0]
    task = first.task  # raises for a regression, which has no classes
    tested = {
        name: run
        for name, run in zip(compared.names, compared.folders, strict=True)
        if run.test is not None
    }
    if not tested:
        raise MissingError(f"no folder has test {first.noun}s. {HOW_TO_SAVE}")
    found = {name: _scores(run) for name, run in tested.items()}
    lead = LEAD.format(noun=first.noun) + (MULTILABEL if first.is_multilabel else "")
    names = first.interface.class_names
    labels = next(iter(tested.values())).test_set.labels
    support = task.count_classes(labels, len(names))
    parts = []
    for score in SCORES:
        columns = {name: scores[score] for name, scores in found.items()}
        parts.append(_table(f"{score} of each class", f"{first.noun}s", names, support, columns))
    return Content(lead, tuple(parts))


def _scores(run: RunFolder) -> dict[str, np.ndarray]:
    """Return F1, recall and precision of each class, ``(K,)`` each; NaN if it does not occur."""
    labels, classes = run.test_set.labels, len(run.interface.class_names)
    if run.is_multilabel:
        matrix = F.multilabel_confusion_matrix(run.probabilities >= 0.5, labels)
        precision, recall, f1 = map(np.asarray, F.multilabel_precision_recall_f1(matrix))
        occurs = (run.probabilities >= 0.5).any(axis=0) | labels.astype(bool).any(axis=0)
    else:
        cells = labels * classes + run.probabilities.argmax(axis=1)
        matrix = np.bincount(cells, minlength=classes**2).reshape(classes, classes)
        precision, recall, f1 = map(np.asarray, F.precision_recall_f1(matrix))
        occurs = (matrix + matrix.T).sum(axis=0) > 0
    scores = zip(SCORES, (f1, recall, precision), strict=True)
    return {name: np.where(occurs, values, np.nan) for name, values in scores}


def _table(
    caption: str,
    examples: str,
    names: tuple[str, ...],
    support: np.ndarray,
    columns: Mapping[str, np.ndarray],
) -> Html:
    rows = []
    for k, name in enumerate(names):
        values = [float(column[k]) for column in columns.values()]
        rows.append((name, f"{support[k]:,}", *map(_cell, values, _is_best(values))))
    means = [float(np.nanmean(column)) for column in columns.values()]
    rows.append(("mean", f"{support.sum():,}", *map(_cell, means, _is_best(means))))
    return table(("class", examples, *columns), rows, caption=caption)


def _is_best(values: list[float]) -> list[bool]:
    known = [value for value in values if np.isfinite(value)]
    is_tie = len({*known}) < 2
    return [not is_tie and value == max(known) for value in values]


def _cell(value: float, is_best: bool) -> str:
    text = f"{value:.1%}" if np.isfinite(value) else "–"
    return element("b", text) if is_best else text
