"""The numbers of ``result.json`` that a test set gives."""

from collections.abc import Sequence
from typing import Any

from jaxcnn.data import View
from jaxcnn.inference import Evaluation, Network, Predictions


def measure(
    network: Network, predictions: Predictions, views: Sequence[View] = ()
) -> dict[str, Any]:
    """Compute the results of a network's predictions, for ``result.json``.

    Args:
        network: The network, which runs again only for `views`.
        predictions: Its logits for the test set.
        views: Views of each test image, for a second accuracy besides that of the unchanged images.
    """
    test, evaluation = predictions.test, predictions.evaluation
    scores: dict[str, Any] = {"test_loss": evaluation.loss, "n_test": evaluation.examples}
    scores |= _accuracy("test", evaluation)
    if views:
        scores |= _accuracy("tta", network.evaluate(test, views=views))
    found = test.task.results(predictions.logits, test.labels, network.class_names)
    return scores | {f"test_{name}": value for name, value in found.items()}


def _accuracy(name: str, evaluation: Evaluation) -> dict[str, Any]:
    if evaluation.accuracy is None:
        return {}
    return {
        f"{name}_accuracy": evaluation.accuracy,
        f"{name}_accuracy_interval": evaluation.interval,
    }
