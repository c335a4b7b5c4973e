"""Hinge losses, binary and multiclass: 0 if the right answer leads by a margin of at least 1."""

import jax
import jax.numpy as jnp
import optax.losses
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.functional._class_checks import (
    as_class_scores,
    as_floating,
    as_integer_labels,
    as_targets,
    check_classes,
    check_signs,
)


def hinge_loss(logits: ArrayLike, labels: ArrayLike) -> Array:
    """Compute the hinge loss of binary classification, element by element.

    This is the loss of support vector machines. It is 0 if the logit has the label's sign and an
    absolute value of at least 1.

        loss = max(0, 1 - labels · logits)

    Args:
        logits: Scores of any shape, floating point; positive means "yes".
        labels: -1 (no) or +1 (yes), of the shape of `logits`. Labels 0 and 1 do not fit.

    Returns:
        Loss of each element, with the shape and dtype of `logits`.

    Raises:
        TypeError: If logits are not floating point.
        ValueError: If labels have the wrong shape or, outside of compiled functions, one is neither
            -1 nor +1.

    Example:
        >>> from jaxcnn import functional as F
        >>> F.hinge_loss(jnp.array([2.0, 0.5, -1.0]), jnp.array([1, 1, 1]))
        Array([0. , 0.5, 2. ], dtype=float32)

    Source: Cortes and Vapnik, "Support-vector networks" (1995).
    """
    logits = as_floating("logits", logits)
    labels = as_targets("labels", labels, logits, "logits")
    check_signs("labels", labels)
    return optax.losses.hinge_loss(logits, labels)


def multiclass_hinge_loss(logits: ArrayLike, labels: ArrayLike) -> Array:
    """Compute the hinge loss of classification into K classes, by Crammer and Singer's formula.

    The loss is 0 if the label's logit exceeds every other logit by at least 1.

        loss = max_k(logits_k + [k ≠ label]) - logits_label

    A logit of -inf masks its class.

    Args:
        logits: Scores `(..., K)`, floating point.
        labels: Integer classes `(...)` in 0 … K - 1.

    Returns:
        Loss of each example, `(...)`, in the dtype of `logits`.

    Raises:
        TypeError: If logits are not floating point, or labels are not integers.
        ValueError: If labels have the wrong shape (one-hot labels, for example) or, outside of
            compiled functions, one is out of range.

    Example:
        >>> from jaxcnn import functional as F
        >>> logits = jnp.array([[-0.5, 1.2, -0.1, 2.4]])
        >>> print(F.multiclass_hinge_loss(logits, jnp.array([1])).round(4))
        [2.2]

    Source: Crammer and Singer, "On the algorithmic implementation of multiclass kernel-based
    vector machines" (2001).
    """
    logits = as_class_scores("logits", logits)
    labels = as_integer_labels(labels, logits.shape[:-1])
    check_classes(labels, logits.shape[-1], None)
    margin = 1 - jax.nn.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    label_logits = jnp.take_along_axis(logits, labels[..., None], axis=-1)[..., 0]
    return jnp.max(logits + margin, axis=-1) - label_logits
