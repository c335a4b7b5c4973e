"""The section with the scores of each class, the runs beside each other."""

from collections.abc import Mapping, Sequence

import numpy as np

from jaxcnn import functional as F
from jaxcnn.reports._class_scores import ClassScores, mean_score, percent
from jaxcnn.reports._html import Content, Html, element, table
from jaxcnn.reports._run_folder import RunFolder
from jaxcnn.reports.comparison._compare import Compared

LEAD = (
    "F1 is the harmonic mean of precision (the share of the {noun}s predicted as a class that are "
    "of that class) and recall (the share of the {noun}s of a class that are found). It is high "
    "only if both are. All scores are for the {count} test {noun}s that these runs have in common; "
    "the highest of a row is bold."
)
MULTILABEL = " A label is predicted if its probability is at least 50%."
LEFT_OUT = "Left out, because these runs lack the same test {noun}s: {names}."
SCORES = {"F1": "f1", "recall": "recall", "precision": "precision"}


def class_scores(compared: Compared) -> Content:
    """List F1, recall and precision of each class, one column per run on the same examples."""
    first, noun = compared.folders[0], compared.noun
    first.check_has_classes()
    tested = compared.tested_alike
    lead = LEAD.format(noun=noun, count=f"{len(compared.same.examples):,}")
    found = {compared.names[k]: _scores(compared.folders[k], at) for k, at in tested.items()}
    parts = [
        _table(f"{title} of each class", f"{noun}s", first.interface.class_names, found, score)
        for title, score in SCORES.items()
    ]
    left_out = [name for k, name in enumerate(compared.names) if k not in tested]
    if left_out:
        text = LEFT_OUT.format(noun=noun, names=", ".join(left_out))
        parts.append(element("p", text, class_="note"))
    return Content(lead + (MULTILABEL if first.is_multilabel else ""), tuple(parts))


def _scores(run: RunFolder, at: np.ndarray) -> ClassScores:
    """Compute the scores of a run on the saved test examples at these positions."""
    labels, predicted = run.test_set.labels[at], run.task.decide(run.probabilities[at])
    if run.is_multilabel:
        return ClassScores.of_labels(predicted, labels)
    classes = len(run.interface.class_names)
    return ClassScores.of_classes(np.asarray(F.confusion_matrix(predicted, labels, classes)))


def _table(
    caption: str,
    examples: str,
    names: Sequence[str],
    found: Mapping[str, ClassScores],
    score: str,
) -> Html:
    # The labels of all runs are the same.
    support = next(iter(found.values())).support
    columns = [getattr(scores, score) for scores in found.values()]
    rows = [
        (name, f"{support[k]:,}", *_cells([float(column[k]) for column in columns]))
        for k, name in enumerate(names)
    ]
    means = _cells([mean_score(column) for column in columns])
    rows.append(("mean", f"{support.sum():,}", *means))
    return table(("class", examples, *found), rows, caption=caption)


def _cells(values: Sequence[float]) -> list[str]:
    """Format the scores of a row; the highest is bold, unless all are equal."""
    known = [value for value in values if np.isfinite(value)]
    best = max(known) if len({*known}) > 1 else None
    return [element("b", percent(each)) if each == best else percent(each) for each in values]
