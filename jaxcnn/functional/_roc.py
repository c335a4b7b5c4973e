"""The ROC curve of a yes-or-no question, and the area under it (AUC)."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arrays import as_array
from jaxcnn.functional._class_checks import (
    as_answers,
    as_floating,
    as_mask,
    as_yes_or_no,
    with_maths,
)
from jaxcnn.functional._confusion import Average, check_average


class RocCurve(NamedTuple):
    """A ROC curve, as NumPy arrays of one length: one point per threshold, the highest first."""

    false_positive_rate: np.ndarray
    true_positive_rate: np.ndarray
    thresholds: np.ndarray


def roc_curve(scores: ArrayLike, labels: ArrayLike, *, where: ArrayLike | None = None) -> RocCurve:
    """Compute the ROC curve: the true positive rate against the false positive rate.

    Use it to choose a threshold: the answer is yes if the score is at least the threshold. A lower
    threshold finds more of the positive examples, and calls more of the negative ones positive.

    The number of points depends on the scores, so the function runs on the host, and not within
    compiled functions; `roc_auc` runs within them.

    Args:
        scores: Probabilities or other scores `(N,)` that the answer is yes, floating point. For one
            of K classes, pass ``probabilities[:, k]`` and ``labels == k``.
        labels: True answers `(N,)`: booleans, or integers 0 and 1.
        where: Booleans `(N,)`, True for the examples that count, False for padded ones. None counts
            all examples.

    Returns:
        A `RocCurve`: a named tuple of `false_positive_rate`, `true_positive_rate` and `thresholds`,
        float64. It begins at the threshold infinity, with no positive answers, and has only the
        corners of the curve, as in scikit-learn. If all labels are the same, a rate is NaN.

    Raises:
        TypeError: If scores are not floating point, or labels are neither booleans nor integers.
        ValueError: If scores, labels or `where` have the wrong shape, a label is neither 0 nor 1,
            or a score is NaN.

    Example:
        >>> from jaxcnn import functional as F
        >>> curve = F.roc_curve(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]))
        >>> for name, values in curve._asdict().items():
        ...     print(f"{name:>19}", values.round(2))
        false_positive_rate [0.  0.  0.5 0.5 1. ]
         true_positive_rate [0.  0.5 0.5 1.  1. ]
                 thresholds [ inf 0.8  0.4  0.35 0.1 ]
    """
    found = as_array("scores", scores)
    as_floating("scores", found)
    if found.ndim != 1:
        raise ValueError(
            f"scores: expected shape (N,), got {found.shape} (pass the scores of one class, "
            "scores[:, k], and labels == k)"
        )
    counted = as_mask(where, found.shape)
    answers = np.asarray(as_answers("labels", labels, found.shape, counted))[counted]
    found = found[np.asarray(counted)].astype(np.float64)
    if np.isnan(found).any():
        raise ValueError("scores: expected numbers, got nan")
    order = np.argsort(-found, kind="stable")
    falling, answers = found[order], answers[order]
    ends = np.append(np.flatnonzero(falling[1:] != falling[:-1]), len(falling) - 1)
    right = np.cumsum(answers)[ends]
    wrong = 1 + ends - right
    bends = (np.diff(right, 2) != 0) | (np.diff(wrong, 2) != 0)
    corners = np.concatenate([[True], bends, [True]])[: len(ends)]
    right, wrong = (np.append(0, x[corners]) for x in (right, wrong))
    with np.errstate(invalid="ignore"):
        rates = wrong / wrong[-1], right / right[-1]
    return RocCurve(*rates, np.append(np.inf, falling[ends[corners]]))


def roc_auc(
    scores: ArrayLike,
    labels: ArrayLike,
    *,
    average: Average | None = "macro",
    where: ArrayLike | None = None,
) -> Array:
    """Compute the AUC: the area under the ROC curve, for two classes, K classes or K labels.

    The AUC of a class is the probability that an example of the class has a higher score than an
    example of another class; equal scores count half. It is 1 if one threshold separates the two
    perfectly, and 0.5 for random scores. Only the order of the scores matters, so no threshold has
    to be chosen.

    Args:
        scores: Scores `(N,)` that the answer to a question is yes, or `(N, K)`, one column per
            class or label, floating point. For K classes, pass probabilities, because the logits of
            different examples cannot be compared.
        labels: For scores `(N,)`, the true answers `(N,)`: booleans, or integers 0 and 1. For
            scores `(N, K)`, integer classes `(N,)` (each class is compared with all others: "one
            versus rest"), or answers `(N, K)` for several labels per example.
        average: For scores `(N, K)`. `"macro"` returns the unweighted mean over the classes,
            `"weighted"` the mean with the classes' numbers of examples as weights, and `"micro"`
            the AUC of all answers pooled. None returns the AUC of each class.
        where: Booleans `(N,)`, True for the examples that count, False for padded ones. None counts
            all examples.

    Returns:
        A float32 scalar, 0 to 1, or `(K,)` for an average of None. The AUC of a class is NaN if
        none or all of the examples are of the class. Means leave such classes out, and are NaN if
        there are no others.

    Raises:
        TypeError: If scores are not floating point, or labels are neither booleans nor integers.
        ValueError: If scores, labels or `where` have the wrong shape, or the average is unknown.
            Also, outside of compiled functions, if a label is out of range.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.roc_auc(jnp.array([0.1, 0.4, 0.35, 0.8]), jnp.array([0, 0, 1, 1])))
        0.75
        >>> probabilities = jnp.array([[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.2, 0.5, 0.3]])
        >>> print(F.roc_auc(probabilities, jnp.array([0, 1, 2]), average=None))
        [1.   0.5  0.75]

    Source: Fawcett, "An introduction to ROC analysis" (2006).
    """
    check_average(average)
    values = as_floating("scores", scores)
    counted = as_mask(where, values.shape[:1])
    answers = as_yes_or_no("scores", values, labels, counted)
    maths, values, answers, counted = with_maths(values, answers, counted)
    is_one = values.ndim == 1 or average == "micro"
    counted = maths.broadcast_to(counted[:, None], (len(values), values[:1].size))
    shape = (-1, 1) if is_one else values.shape
    values, answers, counted = (array.reshape(shape) for array in (values, answers, counted))
    areas = _areas(maths, values, answers, counted)
    if is_one:
        return jnp.asarray(areas[0], jnp.float32)
    if average is None:
        return jnp.asarray(areas, jnp.float32)
    positives, negatives = ((counted & found).sum(axis=0) for found in (answers, ~answers))
    weights = maths.minimum(positives, negatives) > 0
    weights = maths.where(weights, positives if average == "weighted" else 1, 0).astype(areas.dtype)
    total, weight = maths.where(weights > 0, areas * weights, 0).sum(), weights.sum()
    mean = maths.where(weight > 0, total / maths.maximum(weight, 1), np.nan)
    return jnp.asarray(mean, jnp.float32)


def _areas(maths: Any, scores: Any, answers: Any, counted: Any) -> Any:
    """Return the area ``(K,)`` of each column of ``(N, K)`` arrays."""
    if maths is jnp:
        return jax.vmap(lambda *columns: _area(jnp, *columns), 1)(scores, answers, counted)
    columns = zip(scores.T, answers.T, counted.T, strict=True)
    return np.array([_area(np, *column) for column in columns])


def _area(maths: Any, scores: Any, answers: Any, counted: Any) -> Any:
    """Return the share of the pairs of a positive and a negative example that are in order."""
    order = maths.argsort(scores)
    scores, positive, counted = scores[order], answers[order] & counted[order], counted[order]
    below = maths.append(0, maths.cumsum(counted & ~positive))
    first, last = (maths.searchsorted(scores, scores, side=side) for side in ("left", "right"))
    real = np.float64 if maths is np else jnp.float32
    outranked = (below[first] + below[last]).astype(real) / 2
    positives, negatives = (count.astype(real) for count in (positive.sum(), below[-1]))
    share = maths.where(positive, outranked / maths.maximum(negatives, 1), 0).sum()
    is_defined = (positives > 0) & (negatives > 0) & ~(maths.isnan(scores) & counted).any()
    return maths.where(is_defined, share / maths.maximum(positives, 1), np.nan)
