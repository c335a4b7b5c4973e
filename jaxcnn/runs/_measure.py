"""What is measured on the test set when a run is saved."""

from collections.abc import Sequence
from typing import Any

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
    test, evaluation = predictions.test, predictions.evaluation
    scores: dict[str, Any] = {"test_loss": evaluation.loss, "n_test": evaluation.examples}
    scores |= _accuracy("test", evaluation)
    if views:
        scores |= _accuracy("test_views", network.evaluate(test, views=views))
    found = test.task.results(predictions.logits, test.labels, test.class_names)
    return scores | {f"test_{name}": value for name, value in found.items()}


def _accuracy(name: str, evaluation: Evaluation) -> dict[str, Any]:
    if evaluation.accuracy is None:
        return {}
    return {
        f"{name}_accuracy": evaluation.accuracy,
        f"{name}_accuracy_interval": evaluation.interval,
    }
