"""Multilabel metrics: confusion matrices, precision, recall and F1, exact matches, mAP."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arrays import as_operand
from jaxcnn.functional._class_checks import (
    as_answers,
    as_class_scores,
    as_mask,
    check_one_per_label,
)
from jaxcnn.functional._confusion import (
    Average,
    PrecisionRecallF1,
    as_counts,
    check_average,
    fraction,
    mean_scores,
    scores_of,
)


def multilabel_confusion_matrix(
    predictions: ArrayLike, targets: ArrayLike, *, where: ArrayLike | None = None
) -> Array:
    """Compute the confusion matrix of each label.

    Entry k is ``[[true negatives, false positives], [false negatives, true positives]]`` of label
    k. To combine several batches, add their matrices.

    Args:
        predictions: Answers `(N, K)`: booleans, or integers 0 and 1.
        targets: True answers `(N, K)`: booleans, or integers 0 and 1.
        where: Booleans `(N,)`, True for the examples that count, False for padded ones. None counts
            all examples.

    Returns:
        Counts `(K, 2, 2)`, int32, in the order of scikit-learn's function of the same name.

    Raises:
        TypeError: If predictions or targets are neither booleans nor integers.
        ValueError: If predictions, targets or `where` have the wrong shape. Also, outside of
            compiled functions, if an answer is neither 0 nor 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> targets = jnp.array([[1, 0], [1, 1], [0, 1]])
        >>> print(F.multilabel_confusion_matrix(jnp.array([[1, 0], [0, 1], [0, 0]]), targets)[0])
        [[1 0]
         [1 1]]
    """
    predictions, targets, counted = _answers(predictions, targets, where)
    counted = counted[:, None]
    cells = [
        [(predictions == guess) & (targets == truth) & counted for guess in (False, True)]
        for truth in (False, True)
    ]
    counts = jnp.array([[cell.sum(axis=0, dtype=jnp.int32) for cell in row] for row in cells])
    return counts.transpose(2, 0, 1)


def multilabel_precision_recall_f1(
    matrix: ArrayLike, *, average: Average | None = None
) -> PrecisionRecallF1:
    """Compute the precision, recall and F1 score of each label, or one average of them.

        precision = true positives / predicted positives,  recall = true positives / true labels
        F1 = 2 · precision · recall / (precision + recall)

    0 / 0 counts as 0: a label that was never predicted has precision 0, and a label without
    positive examples has recall 0.

    Args:
        matrix: Counts `(K, 2, 2)`, from `multilabel_confusion_matrix`.
        average: None returns the scores of each label. `"micro"` pools the answers for all labels,
            so frequent labels have more weight. `"macro"` takes the mean over the labels, so all
            labels have the same weight. `"weighted"` takes the mean with the labels' numbers of
            positive examples as weights.

    Returns:
        A `PrecisionRecallF1`: a named tuple of `precision`, `recall` and `f1`, each float32, `(K,)`
        or a scalar for an average.

    Raises:
        TypeError: If the matrix is not of integers.
        ValueError: If the matrix has the wrong shape, or the average is unknown.

    Example:
        >>> from jaxcnn import functional as F
        >>> matrix = jnp.array([[[1, 0], [1, 1]], [[2, 1], [0, 0]]])
        >>> print(F.multilabel_precision_recall_f1(matrix).f1.round(4))
        [0.6667 0.    ]
        >>> print(F.multilabel_precision_recall_f1(matrix, average="micro").f1)
        0.5
    """
    check_average(average)
    counts = as_counts("matrix", matrix)
    if counts.ndim != 3 or counts.shape[1:] != (2, 2) or not len(counts):
        raise ValueError(f"matrix: expected shape (K, 2, 2), got {counts.shape}")
    if average == "micro":
        counts = counts.sum(axis=0, keepdims=True)
    actual = counts[:, 1].sum(axis=1)
    scores = scores_of(counts[:, 1, 1], counts[:, :, 1].sum(axis=1), actual)
    if average is None:
        return scores
    return mean_scores(scores, actual if average == "weighted" else actual >= 0)


def exact_match_ratio(
    predictions: ArrayLike, targets: ArrayLike, *, where: ArrayLike | None = None
) -> Array:
    """Compute the subset accuracy: the fraction of examples with every label predicted right.

    Args:
        predictions: Answers `(N, K)`: booleans, or integers 0 and 1.
        targets: True answers `(N, K)`: booleans, or integers 0 and 1.
        where: Booleans `(N,)`, True for the examples that count, False for padded ones. None counts
            all examples.

    Returns:
        A float32 scalar, 0 to 1; NaN if no example counts.

    Raises:
        TypeError: If predictions or targets are neither booleans nor integers.
        ValueError: If predictions, targets or `where` have the wrong shape. Also, outside of
            compiled functions, if an answer is neither 0 nor 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.exact_match_ratio(jnp.array([[1, 0], [0, 1]]), jnp.array([[1, 0], [1, 1]])))
        0.5
    """
    predictions, targets, counted = _answers(predictions, targets, where)
    right = (predictions == targets).all(axis=1)
    return jnp.mean(right.astype(jnp.float32), where=counted)


def hamming_loss(
    predictions: ArrayLike, targets: ArrayLike, *, where: ArrayLike | None = None
) -> Array:
    """Compute the Hamming loss: the fraction of wrong answers over all examples and labels.

    Args:
        predictions: Answers `(N, K)`: booleans, or integers 0 and 1.
        targets: True answers `(N, K)`: booleans, or integers 0 and 1.
        where: Booleans `(N,)`, True for the examples that count, False for padded ones. None counts
            all examples.

    Returns:
        A float32 scalar, 0 to 1; NaN if no example counts.

    Raises:
        TypeError: If predictions or targets are neither booleans nor integers.
        ValueError: If predictions, targets or `where` have the wrong shape. Also, outside of
            compiled functions, if an answer is neither 0 nor 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.hamming_loss(jnp.array([[1, 0], [0, 1]]), jnp.array([[1, 0], [1, 1]])))
        0.25
    """
    predictions, targets, counted = _answers(predictions, targets, where)
    wrong = (predictions != targets).astype(jnp.float32).mean(axis=1)
    return jnp.mean(wrong, where=counted)


def _answers(
    predictions: ArrayLike, targets: ArrayLike, where: ArrayLike | None
) -> tuple[Array, Array, Array]:
    """Return predictions, targets and `where` as booleans; raise if they do not fit each other."""
    predictions = as_operand("predictions", predictions)
    shape = predictions.shape
    counted = as_mask(where, shape[:1])
    predictions = as_answers("predictions", predictions, shape, counted)
    check_one_per_label("predictions", predictions)
    return predictions, as_answers("targets", targets, shape, counted), counted


def average_precision(
    scores: ArrayLike, targets: ArrayLike, *, where: ArrayLike | None = None
) -> Array:
    """Compute the average precision (AP) of each label from scores.

    AP is the area under the precision-recall curve, computed as a sum of rectangles. Only the order
    of the scores matters, so no threshold has to be chosen.

        AP = Σ_n (recall_n - recall_(n-1)) precision_n

    where precision_n and recall_n are computed with the n-th highest score as the threshold: the
    answer is "yes" for this score and for all scores that are at least as high. So AP is the mean
    of precision_n over the positive examples.

    Args:
        scores: Probabilities, logits or other scores `(N, K)`, floating point, not NaN.
        targets: True answers `(N, K)`: booleans, or integers 0 and 1.
        where: Booleans `(N,)`, True for the examples that count, False for padded ones. None counts
            all examples.

    Returns:
        `(K,)` float32, 0 to 1; 0 for a label without positive examples.

    Raises:
        TypeError: If scores are not floating point, or targets are neither booleans nor integers.
        ValueError: If scores, targets or `where` have the wrong shape. Also, outside of compiled
            functions, if a target is neither 0 nor 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> scores = jnp.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
        >>> print(F.average_precision(scores, jnp.array([[1, 0], [0, 0], [1, 1]])).round(4))
        [0.8333 1.    ]
    """
    scores = as_class_scores("scores", scores)
    check_one_per_label("scores", scores)
    counted = as_mask(where, scores.shape[:1])
    targets = as_answers("targets", targets, scores.shape, counted)
    return jax.vmap(_average_precision, (1, 1, None))(scores, targets, counted)


def mean_average_precision(
    scores: ArrayLike, targets: ArrayLike, *, where: ArrayLike | None = None
) -> Array:
    """Compute the mean average precision (mAP): the mean of the labels' average precisions.

    All labels have the same weight. The mean does not include labels without positive examples,
    because every network would have an average precision of 0 on such labels.

    Args:
        scores: Probabilities, logits or other scores `(N, K)`, floating point, not NaN.
        targets: True answers `(N, K)`: booleans, or integers 0 and 1.
        where: Booleans `(N,)`, True for the examples that count, False for padded ones. None counts
            all examples.

    Returns:
        A float32 scalar, 0 to 1; NaN if no label has a positive example.

    Raises:
        TypeError: If scores are not floating point, or targets are neither booleans nor integers.
        ValueError: If scores, targets or `where` have the wrong shape. Also, outside of compiled
            functions, if a target is neither 0 nor 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> scores = jnp.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
        >>> print(F.mean_average_precision(scores, jnp.array([[1, 0], [1, 0], [0, 0]])))
        1.0
    """
    precisions = average_precision(scores, targets, where=where)
    counted = as_mask(where, jnp.shape(scores)[:1])
    answers = as_answers("targets", targets, jnp.shape(scores), counted)
    return precisions.mean(where=(answers & counted[:, None]).any(axis=0))


def _average_precision(scores: Array, targets: Array, counted: Array) -> Array:
    order = jnp.argsort(scores)
    scores, counted = scores[order], counted[order].astype(jnp.int32)
    positive = targets[order].astype(jnp.int32) * counted
    # The first example with an equal score, because no threshold separates equal scores.
    lowest = jnp.searchsorted(scores, scores)
    predicted, right = (_reversed_cumsum(x)[lowest] for x in (counted, positive))
    precision = fraction(right, predicted)
    total = positive.sum()
    return (precision * positive.astype(jnp.float32)).sum() / jnp.maximum(total, 1).astype(
        jnp.float32
    )


def _reversed_cumsum(values: Array) -> Array:
    return jax.lax.cumsum(values, reverse=True)
