"""What is measured on the test set when a run is saved."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from jaxcnn import functional as F
from jaxcnn.data import View
from jaxcnn.inference import Evaluation, Network, Predictions


def measure(
    network: Network, predictions: Predictions, views: Sequence[View] = ()
) -> dict[str, Any]:
    """Score a network's predictions, for ``result.json``.

    Args:
        network: The network, which is run again only for `views`.
        predictions: What it says of the test set.
        views: Ways to look at each test image, for a second accuracy besides that of the images
            as they are.
    """
    evaluation = predictions.evaluation
    scores: dict[str, Any] = {"test_loss": evaluation.loss, "n_test": evaluation.examples}
    if evaluation.scores is not None:
        found = dataclasses.asdict(evaluation.scores)
        return scores | {f"test_{name}": found[name] for name in found if name != "examples"}
    scores |= _accuracy("test", evaluation)
    if views:
        scores |= _accuracy("test_views", network.evaluate(predictions.test, views=views))
    if predictions.test.multilabel:
        scores |= _label_scores(predictions)
    return scores


def _accuracy(name: str, evaluation: Evaluation) -> dict[str, Any]:
    return {
        f"{name}_accuracy": evaluation.accuracy,
        f"{name}_accuracy_interval": evaluation.interval,
    }


def _label_scores(predictions: Predictions) -> dict[str, Any]:
    """How well each label is found, by its name."""
    test, probabilities = predictions.test, predictions.probabilities
    f1 = F.multilabel_precision_recall_f1(
        F.multilabel_confusion_matrix(probabilities >= 0.5, test.labels)
    ).f1
    precisions = F.average_precision(probabilities, test.labels)
    return {
        "test_f1": dict(zip(test.class_names, f1.tolist(), strict=True)),
        "test_average_precision": dict(zip(test.class_names, precisions.tolist(), strict=True)),
    }
