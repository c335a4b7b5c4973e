"""Accuracy and top-k accuracy, and the k most probable classes."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.functional._class_checks import (
    as_class_scores,
    as_integer_labels,
    as_mask,
    check_classes,
)


def top_k(probabilities: ArrayLike, k: int) -> tuple[Array, Array]:
    """List the k most probable classes, in descending order of probability.

    Args:
        probabilities: Probabilities, logits or other scores `(..., K)`, floating point.
        k: Number of classes to list, 1 … K.

    Returns:
        Two arrays `(..., k)`: the probabilities of the k classes, and the classes as integers.
        Among equal probabilities, the class with the lower index comes first.

    Raises:
        TypeError: If probabilities are not floating point.
        ValueError: If k is out of range.

    Example:
        >>> from jaxcnn import functional as F
        >>> names = ["bus", "car", "truck", "train"]
        >>> probabilities, classes = F.top_k(jnp.array([0.04, 0.21, 0.06, 0.69]), 2)
        >>> [(names[c], f"{p:.0%}") for p, c in zip(probabilities, classes)]
        [('train', '69%'), ('car', '21%')]
    """
    probabilities = as_class_scores("probabilities", probabilities)
    if not 1 <= k <= probabilities.shape[-1]:
        raise ValueError(
            f"k: expected 1 to the number of classes, {probabilities.shape[-1]}, got {k}"
        )
    return jax.lax.top_k(probabilities, k)


def accuracy(logits: ArrayLike, labels: ArrayLike, *, where: ArrayLike | None = None) -> Array:
    """Compute the accuracy: the fraction of examples whose label has the largest logit.

        accuracy = mean of [argmax(logits) = label]

    Args:
        logits: Logits or probabilities `(..., K)`, floating point. Among equal logits, the first
            counts as the largest. An example with a NaN always counts as wrong.
        labels: Integer classes `(...)`.
        where: Booleans `(...)`, True for the examples that count, False for padded ones. None
            counts all examples.

    Returns:
        A float32 scalar, 0 to 1; NaN if no example counts.

    Raises:
        TypeError: If logits are not floating point, or labels are not integers.
        ValueError: If labels or `where` have the wrong shape or, outside of compiled functions, a
            label is out of range.

    Example:
        >>> from jaxcnn import functional as F
        >>> logits = jnp.array([[2.0, 1.0], [0.0, 3.0], [0.0, 0.0]])
        >>> print(F.accuracy(logits, jnp.array([0, 0, 0]), where=jnp.array([True, True, False])))
        0.5
    """
    logits = as_class_scores("logits", logits)
    labels = as_integer_labels(labels, logits.shape[:-1])
    counted = _counted(labels, logits.shape[-1], where)
    return _fraction_true(is_right(logits, labels), counted)


def top_k_accuracy(
    logits: ArrayLike, labels: ArrayLike, k: int, *, where: ArrayLike | None = None
) -> Array:
    """Compute the fraction of examples whose label is among the k largest logits.

    Use it where there are many classes, or where classes are similar. ImageNet's "top-5 error" is 1
    minus the top-5 accuracy.

    Args:
        logits: Logits or probabilities `(..., K)`, floating point. Among equal logits, the class
            with the lower index comes first. An example with a NaN always counts as wrong.
        labels: Integer classes `(...)`.
        k: Number of guesses allowed, 1 … K.
        where: Booleans `(...)`, True for the examples that count, False for padded ones. None
            counts all examples.

    Returns:
        A float32 scalar, 0 to 1; NaN if no example counts.

    Raises:
        TypeError: If logits are not floating point, or labels are not integers.
        ValueError: If labels or `where` have the wrong shape, or k is out of range. Also, outside
            of compiled functions, if a label is.

    Example:
        >>> from jaxcnn import functional as F
        >>> logits = jnp.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]])
        >>> print(F.top_k_accuracy(logits, jnp.array([1, 2]), 2))
        0.5
    """
    logits = as_class_scores("logits", logits)
    labels = as_integer_labels(labels, logits.shape[:-1])
    _, guesses = top_k(logits, k)
    counted = _counted(labels, logits.shape[-1], where)
    hits = jnp.any(guesses == labels[..., None], axis=-1) & ~jnp.any(jnp.isnan(logits), axis=-1)
    return _fraction_true(hits, counted)


def first_guess(scores: Array) -> Array:
    """Return the class `(...)`, int32, of the largest of the scores `(..., K)`."""
    return jax.lax.argmax(scores, scores.ndim - 1, jnp.int32)


def is_right(scores: Array, labels: Array) -> Array:
    """Return whether the largest of the scores `(..., K)` is the label's; never if one is NaN."""
    return (first_guess(scores) == labels) & ~jnp.any(jnp.isnan(scores), axis=-1)


def _counted(labels: Array, num_classes: int, where: ArrayLike | None) -> Array:
    """Return which examples count, or raise where the label of one is not a class."""
    counted = as_mask(where, labels.shape)
    check_classes(labels, num_classes, counted)
    return counted


def _fraction_true(hits: Array, counted: Array) -> Array:
    return jnp.mean(hits.astype(jnp.float32), where=counted)
