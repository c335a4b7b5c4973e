"""Calibration and Brier score of probabilities, and the confidence interval of an accuracy."""

import math
from statistics import NormalDist

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn.functional._accuracy import is_right
from jaxcnn.functional._class_checks import (
    as_class_scores,
    as_floating,
    as_integer_labels,
    as_mask,
    as_yes_or_no,
    check_classes,
    check_probabilities,
    with_maths,
)


def expected_calibration_error(
    probabilities: ArrayLike,
    labels: ArrayLike,
    *,
    bins: int = 15,
    where: ArrayLike | None = None,
) -> Array:
    """Compute the expected calibration error (ECE): the mean gap between confidence and accuracy.

    The error is 0 if predictions are calibrated: for example, 80% of the answers with a confidence
    of 80% are then right. The confidence of an answer is the probability of the most probable
    class. Examples are grouped by their confidence into `bins` equal intervals
    ``(b / bins, (b + 1) / bins]``. Interval b contains n_b of the n examples::

        ECE = Σ_b (n_b / n) |accuracy_b - mean confidence_b|

    Args:
        probabilities: Predicted distributions `(N, K)`, floating point.
        labels: Integer classes `(N,)`.
        bins: Number of intervals, at least 1.
        where: Booleans `(N,)`, True for the examples that count, False for padded ones. None counts
            all examples.

    Returns:
        A float32 scalar, 0 to 1; NaN if no example counts.

    Raises:
        TypeError: If probabilities are not floating point, or labels are not integers.
        ValueError: If probabilities, labels or `where` have the wrong shape, or bins is below 1.
            Also, outside of compiled functions, if a probability or a label is out of range.

    Example:
        >>> from jaxcnn import functional as F
        >>> probabilities = jnp.array([[0.8, 0.2], [0.8, 0.2]])
        >>> print(f"{F.expected_calibration_error(probabilities, jnp.array([0, 1])):.2f}")
        0.30

    Source: Guo et al., "On calibration of modern neural networks" (2017),
    https://arxiv.org/abs/1706.04599
    """
    check_int("bins", bins)
    probabilities = as_class_scores("probabilities", probabilities).astype(jnp.float32)
    if probabilities.ndim != 2:
        raise ValueError(f"probabilities: expected shape (N, K), got {probabilities.shape}")
    labels = as_integer_labels(labels, probabilities.shape[:-1])
    counted = as_mask(where, labels.shape)
    check_probabilities("probabilities", probabilities, counted)
    check_classes(labels, probabilities.shape[-1], counted)
    confidence = jnp.max(probabilities, axis=-1)
    hits = is_right(probabilities, labels)
    gap = jnp.where(counted, hits.astype(jnp.float32) - confidence, 0)
    gap_of_bin = jnp.zeros(bins, jnp.float32).at[confidence_bin(confidence, bins)].add(gap)
    return jnp.sum(jnp.abs(gap_of_bin)) / jnp.sum(counted).astype(jnp.float32)


def brier_score(
    probabilities: ArrayLike, labels: ArrayLike, *, where: ArrayLike | None = None
) -> Array:
    """Compute the Brier score: the mean squared error of predicted probabilities.

    A lower score is better. Unlike the accuracy, it also judges how sure the answers are: it is
    lowest if the probabilities are the true ones. With y = 1 for the true class and else 0,

        Brier score = mean over examples of Σ_k (p_k - y_k)²

    For two classes it is half of this, so that the score is the same whether the probabilities of
    both classes are passed or only those of class 1. For several labels per example, pass
    ``probabilities.ravel()`` and ``targets.ravel()``.

    Args:
        probabilities: Predicted distributions `(N, K)`, or the probabilities `(N,)` that the answer
            to a question is yes, floating point.
        labels: Integer classes `(N,)`; for probabilities `(N,)`, booleans or integers 0 and 1.
        where: Booleans `(N,)`, True for the examples that count, False for padded ones. None counts
            all examples.

    Returns:
        A float32 scalar: 0 to 1 for two classes, 0 to 2 for more; NaN if no example counts.

    Raises:
        TypeError: If probabilities are not floating point, or labels are not integers.
        ValueError: If probabilities, labels or `where` have the wrong shape. Also, outside of
            compiled functions, if a probability or a label is out of range.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.brier_score(jnp.array([[0.5, 0.25, 0.25]]), jnp.array([0])))
        0.375
        >>> print(F.brier_score(jnp.array([0.5, 1.0]), jnp.array([1, 1])))
        0.125

    Source: Brier, "Verification of forecasts expressed in terms of probability" (1950).
    """
    likely = as_floating("probabilities", probabilities)
    counted = as_mask(where, likely.shape[:1])
    answers = as_yes_or_no("probabilities", likely, labels, counted)
    check_probabilities("probabilities", likely, counted)
    maths, likely, answers, counted = with_maths(likely, answers, counted)
    real = np.float64 if maths is np else jnp.float32
    errors = likely.astype(real) - answers.astype(real)
    squares = maths.square(errors).reshape(len(likely), -1).sum(axis=1)
    scale = 2 if likely.shape[1:] == (2,) else 1
    examples = counted.sum().astype(real)
    total = maths.where(counted, squares, 0).sum() / (scale * maths.maximum(examples, 1))
    return jnp.asarray(maths.where(examples > 0, total, np.nan), jnp.float32)


def confidence_bin(confidence: Array, bins: int) -> Array:
    """Assign confidences to the bins of a calibration histogram.

    Bin b is the interval ``(b / bins, (b + 1) / bins]``; a confidence of 0 belongs to the first
    bin.

    Args:
        confidence: Probabilities from 0 to 1, of any shape.
        bins: Number of intervals.

    Returns:
        Indices of the bins, int32, of the same shape.

    Example:
        >>> confidence_bin(jnp.array([0.0, 0.5, 0.51]), 4).tolist()
        [0, 1, 2]
    """
    return jnp.clip(jnp.ceil(confidence * bins).astype(jnp.int32) - 1, 0, bins - 1)


def wilson_interval(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Compute Wilson's confidence interval of a success rate, such as a test accuracy.

    Wilson's interval stays between 0 and 1. Its width is above 0 even if all n trials succeed or
    all fail. The simpler interval ``p ± z √(p (1 - p) / n)`` has neither property. With p =
    successes / n, and z the quantile of the normal distribution, the interval is

        (p + z²/2n ± z √(p (1 - p) / n + z²/4n²)) / (1 + z²/n)

    Args:
        successes: Number of trials that succeeded, such as test images classified right.
        n: Number of independent trials, at least 1.
        confidence: Confidence level, above 0 and below 1: the fraction of intervals that would
            contain the true rate if the trials were repeated.

    Returns:
        A pair of Python floats from 0 to 1: the lower and the upper end.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> from jaxcnn import functional as F
        >>> low, high = F.wilson_interval(8617, 10_000)
        >>> print(f"{low:.4f} to {high:.4f}")
        0.8548 to 0.8683

    Source: Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927).
    """
    check_int("n", n)
    if not 0 <= successes <= n:
        raise ValueError(f"successes: expected 0 to n = {n}, got {successes}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: expected a number above 0 and below 1, got {confidence}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate = successes / n
    center = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half_width = z / (1 + z * z / n) * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else center - half_width  # exact but for rounding
    high = 1.0 if successes == n else center + half_width
    return low, high
