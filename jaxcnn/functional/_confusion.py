"""The confusion matrix, the scores of each class and their averages, and balanced accuracy."""

from typing import Literal, NamedTuple, get_args

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.arrays import as_array, as_operand
from jaxcnn.functional._class_checks import as_integer_labels, as_mask

Average = Literal["micro", "macro", "weighted"]
Counts = np.ndarray | Array


class PrecisionRecallF1(NamedTuple):
    """Precision, recall and F1 score, float32 from 0 to 1: one per class `(K,)`, or one average."""

    precision: Array
    recall: Array
    f1: Array


def confusion_matrix(
    predictions: ArrayLike,
    labels: ArrayLike,
    num_classes: int,
    *,
    where: ArrayLike | None = None,
) -> Array:
    """Compute the confusion matrix: how often each class was predicted for each true class.

    Row i, column j is the number of examples of class i that were predicted to be class j. The
    diagonal counts the right answers. To combine several batches, add their matrices.

    Args:
        predictions: Predicted integer classes `(N,)`.
        labels: True integer classes `(N,)`.
        num_classes: Number of classes K, at least 1. An example whose label or prediction is
            outside 0 … K - 1 is not counted.
        where: Booleans `(N,)`, True for the examples that count, False for padded ones. None counts
            all examples.

    Returns:
        Counts `(K, K)`, int32.

    Raises:
        TypeError: If predictions or labels are not integers.
        ValueError: If predictions, labels or `where` have the wrong shape, or K is below 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.confusion_matrix(jnp.array([0, 1, 1]), jnp.array([0, 0, 1]), 2))
        [[1 1]
         [0 1]]
    """
    check_int("num_classes", num_classes)
    predictions = as_operand("predictions", predictions)
    if predictions.ndim != 1:
        raise ValueError(
            f"predictions: expected classes of shape (N,), got shape {predictions.shape} "
            "(of logits, take jnp.argmax(logits, axis=-1))"
        )
    if not jnp.issubdtype(predictions.dtype, jnp.integer):
        raise TypeError(f"predictions: expected integer classes, got {predictions.dtype}")
    labels = as_integer_labels(labels, predictions.shape)
    not_negative = (labels >= 0) & (predictions >= 0)  # -1 would index the last class
    counted = as_mask(where, labels.shape) & not_negative
    matrix = jnp.zeros((num_classes, num_classes), jnp.int32)
    return matrix.at[labels, predictions].add(counted.astype(jnp.int32), mode="drop")


def precision_recall_f1(
    confusion_matrix: ArrayLike, *, average: Average | None = None
) -> PrecisionRecallF1:
    """Compute the precision, recall and F1 score of each class, or one average of them.

        precision = right / predicted,  recall = right / true
        F1 = 2 · precision · recall / (precision + recall)

    For class k, "predicted" is the number of examples that are predicted to be of class k, and
    "true" is the number of examples of class k. "Right" is the number of examples of class k that
    are predicted to be of class k. 0 / 0 counts as 0: a class that was never predicted has
    precision 0, and a class without examples has recall 0.

    Args:
        confusion_matrix: Counts `(K, K)`: row = true class, column = predicted class.
        average: None returns the scores of each class. `"macro"` returns the unweighted mean of the
            scores over the classes that occur as a label or a prediction. `"micro"` returns the
            scores of all answers pooled; precision, recall and F1 are then each equal to the
            accuracy. `"weighted"` returns the mean of the scores with the classes' numbers of
            examples as weights; its recall is also equal to the accuracy.

    Returns:
        A `PrecisionRecallF1`: a named tuple of `precision`, `recall` and `f1`, each float32, `(K,)`
        or a scalar for an average.

    Raises:
        TypeError: If the matrix is not of integers, for example because it is normalized.
        ValueError: If the matrix is not square, or the average is unknown.

    Example:
        >>> from jaxcnn import functional as F
        >>> scores = F.precision_recall_f1(jnp.array([[1, 1], [0, 1]]))
        >>> print(scores.precision, scores.recall, scores.f1.round(4))
        [1.  0.5] [0.5 1. ] [0.6667 0.6667]
        >>> print(F.precision_recall_f1(jnp.array([[1, 1], [0, 1]]), average="macro").precision)
        0.75
    """
    check_average(average)
    counts = as_square_counts("confusion_matrix", confusion_matrix)
    right = counts.diagonal()
    predicted, actual = counts.sum(axis=0), counts.sum(axis=1)
    if average == "micro":
        right, predicted, actual = (x.sum(keepdims=True) for x in (right, predicted, actual))
    scores = scores_of(right, predicted, actual)
    if average is None:
        return scores
    return mean_scores(scores, actual if average == "weighted" else predicted + actual > 0)


def balanced_accuracy(confusion_matrix: ArrayLike) -> Array:
    """Compute the balanced accuracy: the mean of the classes' recalls.

    Use it in place of the accuracy where some classes have many more examples than others: it
    weights all classes equally. For K classes, always predicting one class gives 1 / K.

        balanced accuracy = mean over classes of (right / true)

    For class k, "true" is the number of examples of class k, and "right" is the number of these
    that are predicted to be of class k.

    Args:
        confusion_matrix: Counts `(K, K)`: row = true class, column = predicted class.

    Returns:
        A float32 scalar, 0 to 1. The mean does not include classes without examples; it is 0 if
        there are no examples at all.

    Raises:
        TypeError: If the matrix is not of integers.
        ValueError: If the matrix is not square.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.balanced_accuracy(jnp.array([[90, 0], [5, 5]])))  # the accuracy is 0.95
        0.75
    """
    counts = as_square_counts("confusion_matrix", confusion_matrix)
    actual = counts.sum(axis=1)
    return mean_scores(scores_of(counts.diagonal(), actual, actual), actual > 0).recall


def scores_of(right: Counts, predicted: Counts, actual: Counts) -> PrecisionRecallF1:
    """Compute the scores of classes from their numbers of examples, each ``(K,)``."""
    return PrecisionRecallF1(
        precision=fraction(right, predicted),
        recall=fraction(right, actual),
        f1=fraction(2 * right, predicted + actual),
    )


def mean_scores(scores: PrecisionRecallF1, weights: Counts) -> PrecisionRecallF1:
    """Return the means of the scores over the classes, and 0 where all weights ``(K,)`` are 0."""
    if isinstance(weights, np.ndarray):  # without a program of JAX for each K
        weights, found = weights.astype(np.float64), [np.asarray(x, np.float64) for x in scores]
    else:
        weights, found = weights.astype(jnp.float32), list(scores)
    return PrecisionRecallF1(*(fraction((x * weights).sum(), weights.sum()) for x in found))


def as_square_counts(name: str, matrix: ArrayLike) -> Counts:
    """Return a confusion matrix as numbers whose sums and products do not overflow; or raise."""
    counts = as_counts(name, matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"{name}: expected shape (K, K), got {counts.shape}")
    return counts


def as_counts(name: str, values: ArrayLike) -> Counts:
    """Return integer counts as floats: float64 on the host, and float32 where they are traced.

    Raises:
        TypeError: If they are not integers.
    """
    counts = values if isinstance(values, Tracer) else as_array(name, values)
    if not jnp.issubdtype(counts.dtype, jnp.integer):
        raise TypeError(f"{name}: expected integer counts, got {counts.dtype}")
    return counts.astype(jnp.float32 if isinstance(counts, Tracer) else np.float64)


def check_average(average: object) -> None:
    """Raise ValueError unless `average` is one, or None."""
    if average not in (None, *get_args(Average)):
        raise ValueError(f"average: expected one of {get_args(Average)} or None, got {average!r}")


def fraction(part: Counts | np.float64, whole: Counts | np.float64) -> Array:
    """Return part / whole as float32, and 0 for 0 / 0."""
    if isinstance(whole, np.ndarray | np.generic):
        return jnp.asarray(part / np.maximum(whole, 1), jnp.float32)
    return jnp.asarray(part, jnp.float32) / jnp.maximum(whole, 1).astype(jnp.float32)
