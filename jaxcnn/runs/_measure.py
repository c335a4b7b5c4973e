"""What is measured on the test set when a run is saved."""

from collections.abc import Sequence
from typing import Any

from jaxcnn import functional as F
from jaxcnn.data import View
from jaxcnn.inference import Network, Predictions


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
    scores: dict[str, Any] = {
        "test_accuracy": evaluation.accuracy,
        "test_accuracy_interval": list(evaluation.interval),
        "test_loss": evaluation.loss,
        "n_test": evaluation.examples,
    }
    if views:
        again = network.evaluate(predictions.test, views=views)
        scores["test_views_accuracy"] = again.accuracy
        scores["test_views_accuracy_interval"] = list(again.interval)
    if predictions.test.multilabel:
        scores |= _label_scores(predictions)
    return scores


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
