"""The distance of the outputs of a rewritten network from those of the network."""

from typing import Any

import jax
import numpy as np

from jaxcnn.data import LabeledImages
from jaxcnn.inference import Network, logits_of


def outputs_of(network: Network, inputs: Any) -> np.ndarray:
    """Compute a network's outputs, ``(N, classes)``, with full float32 products on GPUs, too."""
    with jax.default_matmul_precision("float32"):
        if isinstance(inputs, LabeledImages):
            return logits_of(network, inputs)
        return network.logits(inputs)


def largest_error(outputs: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest error of an input: the norm of its difference over its norm.

    Where outputs are NaN or infinite, nothing is known of the rewrite: the error is infinite.

    Args:
        outputs: ``(N, classes)``.
        expected: ``(N, classes)``.

    Example:
        >>> largest_error(np.array([[3.0, 4.0], [1.0, 1.0]]), np.array([[3.0, 5.0], [1.0, 1.0]]))
        0.17149858514250882
    """
    found, wanted = (
        np.asarray(each, np.float64).reshape(len(each), -1) for each in (outputs, expected)
    )
    norms = np.linalg.norm(wanted, axis=1)
    distances = np.linalg.norm(found - wanted, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.where(distances == 0, 0, distances / norms)
    return float(np.where(np.isnan(errors), np.inf, errors).max())


def same_decisions(network: Network, outputs: np.ndarray, expected: np.ndarray) -> int | None:
    """Count the inputs with the same predicted class or labels; None for a regression."""
    task = network.task
    if not task.has_classes:
        return None
    found, wanted = (
        task.decide(np.asarray(task.predictions(each))) for each in (outputs, expected)
    )
    return int((found == wanted).reshape(len(found), -1).all(1).sum())
