"""The confusion matrix, and the precision, recall and F1 score of each class."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.arrays import as_operand
from jaxcnn.functional._class_checks import as_integer_labels, as_mask


class PrecisionRecallF1(NamedTuple):
    """Precision, recall and F1 score of each class, each an array `(K,)` of float32, 0 to 1."""

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

    Row i, column j is the number of examples of class i that were predicted to be class j; the
    diagonal counts the right answers. Matrices of several batches can be added.

    Args:
        predictions: Predicted integer classes `(N,)`.
        labels: True integer classes `(N,)`.
        num_classes: K ≥ 1. An example whose label or prediction is outside 0 … K - 1 is not
            counted.
        where: Booleans `(N,)`, True for the examples that count, False for padded ones. None counts
            all.

    Returns:
        Counts `(K, K)`, int32.

    Raises:
        TypeError: If predictions or labels are not integers.
        ValueError: If predictions, labels or `where` have another shape, or K is below 1.

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


def precision_recall_f1(confusion_matrix: ArrayLike) -> PrecisionRecallF1:
    """Compute the precision, recall and F1 score of each class from a confusion matrix.

        precision = right / predicted,  recall = right / true
        F1 = 2 · precision · recall / (precision + recall)

    For class k, "predicted" counts the examples predicted to be k, "true" those that are k, and
    "right" those that are both. 0 / 0 counts as 0: a class that was never predicted has precision
    0, and one without examples has recall 0.

    Args:
        confusion_matrix: Counts `(K, K)`: row = true class, column = predicted class.

    Returns:
        `precision`, `recall` and `f1`, each `(K,)`, float32.

    Raises:
        TypeError: If the matrix is not of integers, for example because it is normalized.
        ValueError: If the matrix is not square.

    Example:
        >>> from jaxcnn import functional as F
        >>> scores = F.precision_recall_f1(jnp.array([[1, 1], [0, 1]]))
        >>> print(scores.precision, scores.recall, scores.f1.round(4))
        [1.  0.5] [0.5 1. ] [0.6667 0.6667]
    """
    matrix = jnp.asarray(confusion_matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"confusion_matrix: expected shape (K, K), got {matrix.shape}")
    if not jnp.issubdtype(matrix.dtype, jnp.integer):
        raise TypeError(f"confusion_matrix: expected integer counts, got {matrix.dtype}")
    matrix = matrix.astype(jnp.int32)  # sums of small integers would overflow
    right = jnp.diagonal(matrix)
    predicted, actual = matrix.sum(axis=0), matrix.sum(axis=1)
    return PrecisionRecallF1(
        precision=fraction(right, predicted),
        recall=fraction(right, actual),
        f1=fraction(2 * right, predicted + actual),
    )


def fraction(part: Array, whole: Array) -> Array:
    """Return part / whole as float32, and 0 for 0 / 0."""
    return part.astype(jnp.float32) / jnp.maximum(whole, 1).astype(jnp.float32)
