"""The loss that a set is trained and evaluated with if no other is asked for."""

from functools import partial

from jax import Array

from jaxcnn import functional as F
from jaxcnn.inference._metrics import Loss


def default_loss(*, multilabel: bool, label_smoothing: float = 0.0) -> Loss:
    """Softmax cross-entropy, or for several labels an image the mean of their own.

    Args:
        multilabel: whether labels are ``(N, classes)`` of 0 and 1, not ``(N,)``.
        label_smoothing: share of each label that is spread over all answers to it: over the
            classes, or for several labels over yes and no.
    """
    loss = multilabel_cross_entropy if multilabel else F.softmax_cross_entropy_with_integer_labels
    # Without smoothing always the same function: what was compiled with it is found again.
    return partial(loss, label_smoothing=label_smoothing) if label_smoothing else loss


def multilabel_cross_entropy(logits: Array, labels: Array, label_smoothing: float = 0.0) -> Array:
    """Sigmoid cross-entropy per example: the mean over its labels, in nat.

    Args:
        logits: ``(N, classes)``.
        labels: ``(N, classes)``, 1 where the image shows the class and 0 elsewhere.
        label_smoothing: α in 0..1: targets are ``labels · (1 - α) + α / 2``.

    Returns:
        ``(N,)``; ln 2 where all logits are 0, however many classes there are.

    Example:
        >>> import jax.numpy as jnp
        >>> print(multilabel_cross_entropy(jnp.zeros((1, 3)), jnp.array([[1, 0, 1]])).round(4))
        [0.6931]
    """
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing must be between 0 and 1; got {label_smoothing}")
    targets = labels.astype(logits.dtype) * (1 - label_smoothing) + label_smoothing / 2
    return F.sigmoid_binary_cross_entropy(logits, targets).mean(axis=-1)
