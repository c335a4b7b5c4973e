"""How well scores rank the examples of a label before the others."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.functional._class_checks import (
    as_answers,
    as_class_scores,
    as_mask,
    check_one_a_label,
)
from jaxcnn.functional._confusion import fraction


def average_precision(
    scores: ArrayLike, targets: ArrayLike, *, where: ArrayLike | None = None
) -> Array:
    """Average precision of each label: its precision, averaged over the true "yes".

    For each positive example, the precision of saying "yes" to it and to everything that scores
    as high or higher; their mean is the area of the steps under the precision-recall curve,
    ``Σ (recall_n - recall_(n-1)) precision_n``. Only the order of the scores matters.

    Args:
        scores: Probabilities, logits or other scores `(N, K)`, floating point, not NaN.
        targets: True answers `(N, K)`: booleans, or integers 0 and 1.
        where: Booleans `(N,)`, True for the examples that count. None counts all of them.

    Returns:
        `(K,)` float32, 0 to 1; 0 for a label without positive examples.

    Raises:
        TypeError: For scores that are not floating point, or targets that are neither booleans
            nor integers.
        ValueError: For scores, targets or `where` of another shape.

    Example:
        >>> from jaxcnn import functional as F
        >>> scores = jnp.array([[0.9], [0.8], [0.7]])
        >>> print(F.average_precision(scores, jnp.array([[1], [0], [1]])).round(4))
        [0.8333]
    """
    scores = as_class_scores("scores", scores)
    check_one_a_label("scores", scores)
    targets = as_answers("targets", targets, scores.shape)
    counted = as_mask(where, scores.shape[:1])
    return jax.vmap(_average_precision, (1, 1, None))(scores, targets, counted)


def mean_average_precision(
    scores: ArrayLike, targets: ArrayLike, *, where: ArrayLike | None = None
) -> Array:
    """Mean of the labels' average precisions (mAP), each label weighing the same.

    Args:
        scores: Probabilities, logits or other scores `(N, K)`, floating point, not NaN.
        targets: True answers `(N, K)`: booleans, or integers 0 and 1.
        where: Booleans `(N,)`, True for the examples that count. None counts all of them.

    Returns:
        A float32 scalar, 0 to 1. Labels without positive examples, which no network could do
        well, are left out; NaN where that is all of them.

    Raises:
        TypeError: As `average_precision`.
        ValueError: As `average_precision`.

    Example:
        >>> from jaxcnn import functional as F
        >>> scores = jnp.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
        >>> print(F.mean_average_precision(scores, jnp.array([[1, 0], [1, 0], [0, 0]])))
        1.0
    """
    precisions = average_precision(scores, targets, where=where)
    answers = as_answers("targets", targets, jnp.shape(scores))
    counted = as_mask(where, answers.shape[:1])[:, None]
    return precisions.mean(where=(answers & counted).any(axis=0))


def _average_precision(scores: Array, targets: Array, counted: Array) -> Array:
    order = jnp.argsort(scores)
    scores, counted = scores[order], counted[order].astype(jnp.int32)
    positive = targets[order].astype(jnp.int32) * counted
    # The first example with the same score: a threshold cannot part the two.
    lowest = jnp.searchsorted(scores, scores)
    predicted, right = (_from_here_on(x)[lowest] for x in (counted, positive))
    precision = fraction(right, predicted)
    total = positive.sum()
    return (precision * positive.astype(jnp.float32)).sum() / jnp.maximum(total, 1).astype(
        jnp.float32
    )


def _from_here_on(values: Array) -> Array:
    return jax.lax.cumsum(values, reverse=True)
