"""One number that makes a network's probabilities honest."""

import math

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.explain.classification._checks import check_scores

LOWEST, HIGHEST = 0.01, 100.0
PRECISE = {"xatol": 1e-8}


def fit_temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """Find the temperature T at which ``softmax(logits / T)`` fits the labels best.

    It minimises the mean of ``-log softmax(logits / T)[label]``, which has a single minimum.
    Above 1: the network was too sure of itself. The order of the classes, and so the accuracy,
    stays as it is.

    Args:
        logits: scores before the softmax, ``(N, K)``, best of images that were not trained on.
        labels: true classes, integers ``(N,)``.

    Returns:
        T, from 0.01 (near it, if all answers are right) to 100 (if they say nothing).

    Raises:
        TypeError: for logits that are not floating point or labels that are not integers.
        ValueError: for shapes that do not fit together, labels out of range, or logits that are
            not finite.

    Example:
        Sure to 88 %, and right in 75 %: odds of 3 to 1 make logits of ±2 a difference of log 3.

        >>> round(fit_temperature([[2.0, 0.0]] * 4, [0, 0, 0, 1]), 4), round(2 / np.log(3), 4)
        (1.8205, np.float64(1.8205))

    Source: Guo et al., "On calibration of modern neural networks" (2017),
    https://arxiv.org/abs/1706.04599
    """
    from scipy.optimize import minimize_scalar  # reads files when imported
    from scipy.special import log_softmax

    scores, truths = check_scores("logits", logits, labels)

    def loss(log_temperature: float) -> float:
        logs = log_softmax(scores / math.exp(log_temperature), axis=1)
        return -float(np.take_along_axis(logs, truths[:, None], axis=1).mean())

    bounds = math.log(LOWEST), math.log(HIGHEST)
    return math.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options=PRECISE).x)
