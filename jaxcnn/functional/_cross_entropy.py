"""Entropy of a distribution, and divergence and cross-entropy of one from another."""

import jax
import jax.numpy as jnp
import optax.losses
from jax import Array
from jax.scipy.special import entr
from jax.typing import ArrayLike

from jaxcnn.functional._class_checks import as_class_scores, as_integer_labels, as_targets


def softmax_cross_entropy_with_integer_labels(
    logits: ArrayLike, labels: ArrayLike, *, label_smoothing: float = 0.0
) -> Array:
    """Cross-entropy between ``softmax(logits)`` and the class each label names.

    ``-log softmax(logits)[label]``, in nat. It is exact for logits of any size that training
    meets (beyond about 1e9, compiled float32 arithmetic can give -inf), and a logit of -inf masks
    its class: the class takes no part, and the loss is inf where the label names it.

    With `label_smoothing` s the target gives 1 - s to the label and spreads s evenly over all
    classes that are not masked.

    Args:
        logits: Unnormalized log-probabilities `(..., K)`, floating point. Computed in their
            dtype: give float32 where the network computes in half precision.
        labels: Integer classes `(...)` in 0 … K - 1. A label outside is silent under jit
            (≥ K gives NaN, negative ones count from the end): check them on the host.
        label_smoothing: s, a Python number with 0 ≤ s < 1.

    Returns:
        Loss of each example, `(...)`, dtype of `logits`.

    Raises:
        TypeError: For logits that are not floating point or labels that are not integers.
        ValueError: For labels of another shape (one-hot ones included), or s out of range.

    Example:
        >>> from jaxcnn import functional as F
        >>> logits = jnp.array([-0.5, 1.2, -0.1, 2.4])
        >>> print(f"{F.softmax_cross_entropy_with_integer_labels(logits, 3):.4f}")
        0.3635

    Source: label smoothing is from Szegedy et al., "Rethinking the Inception architecture"
    (2016), https://arxiv.org/abs/1512.00567
    """
    logits = as_class_scores("logits", logits)
    labels = as_integer_labels(labels, logits.shape[:-1])
    loss = optax.losses.softmax_cross_entropy_with_integer_labels(logits, labels)
    return _smooth(loss, logits, label_smoothing)


def softmax_cross_entropy(
    logits: ArrayLike, labels: ArrayLike, *, label_smoothing: float = 0.0
) -> Array:
    """Cross-entropy between ``softmax(logits)`` and a distribution over the classes.

    ``-Σ_k labels_k log softmax(logits)_k``, in nat, where ``0 · log 0`` is 0: a class masked
    by a logit of -inf costs nothing while its label is 0 (and inf otherwise). That is where
    this differs from Optax, whose `softmax_cross_entropy` gives NaN.

    With `label_smoothing` s the target is ``(1 - s) labels`` plus s spread evenly over all
    classes that are not masked.

    Args:
        logits: Unnormalized log-probabilities `(..., K)`, floating point.
        labels: Target distributions `(..., K)`, one-hot or soft, of any real dtype.
        label_smoothing: s, a Python number with 0 ≤ s < 1.

    Returns:
        Loss of each example, `(...)`, dtype of `logits`.

    Raises:
        TypeError: For logits that are not floating point.
        ValueError: For labels of another shape, or s out of range.

    Example:
        >>> from jaxcnn import functional as F
        >>> logits = jnp.array([-0.5, 1.2, -0.1, 2.4])
        >>> print(f"{F.softmax_cross_entropy(logits, F.one_hot(1, 4)):.4f}")
        1.5635
    """
    logits = as_class_scores("logits", logits)
    labels = as_targets("labels", labels, logits, "logits")
    loss = -jnp.sum(weigh(labels, jax.nn.log_softmax(logits)), axis=-1)
    return _smooth(loss, logits, label_smoothing)


def _smooth(loss: Array, logits: Array, label_smoothing: float) -> Array:
    """Mix the loss with the cross-entropy against the uniform distribution."""
    if not 0 <= label_smoothing < 1:
        raise ValueError(f"label_smoothing must be at least 0 and below 1; got {label_smoothing}")
    if label_smoothing == 0:
        return loss
    unmasked = ~jnp.isneginf(logits)
    uniform_loss = -jnp.mean(jax.nn.log_softmax(logits), axis=-1, where=unmasked)
    return (1 - label_smoothing) * loss + label_smoothing * uniform_loss


def weigh(weights: Array, log_probabilities: Array) -> Array:
    """Return the product, with ``0 · -inf = 0``, in the value and in every derivative."""
    impossible = (weights == 0) & jnp.isneginf(log_probabilities)
    return weights * jnp.where(impossible, 0, log_probabilities)


def entropy(probabilities: ArrayLike) -> Array:
    """Entropy of distributions: how unsure they are.

    ``-Σ_k p_k log p_k``, in nat, where ``0 · log 0`` is 0: from 0 (certain) to log K (uniform).

    Args:
        probabilities: Distributions `(..., K)`, floating point, each row with sum 1.

    Returns:
        Entropy of each row, `(...)`, dtype of `probabilities`.

    Raises:
        TypeError: For probabilities that are not floating point.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.entropy(jnp.array([[0.5, 0.5], [1.0, 0.0]])).round(4))
        [0.6931 0.    ]
    """
    return jnp.sum(entr(as_class_scores("probabilities", probabilities)), axis=-1)


def kl_divergence(log_predictions: ArrayLike, targets: ArrayLike) -> Array:
    """Kullback-Leibler divergence of predictions from target distributions.

    ``KL(t ‖ p) = Σ_k t_k (log t_k - log p_k)``, in nat, where ``0 · log 0`` is 0, also for
    ``log p = -inf``. As in Optax the predictions come as *logarithms* (from `log_softmax`)
    and the targets as probabilities. Cross-entropy is entropy plus this divergence.

    Args:
        log_predictions: log p `(..., K)`, floating point.
        targets: Probabilities t `(..., K)`, each row with sum 1.

    Returns:
        Divergence of each example, `(...)`, dtype of `log_predictions`.

    Raises:
        TypeError: For log-predictions that are not floating point.
        ValueError: For targets of another shape.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(f"{F.kl_divergence(jnp.log(jnp.full(10, 0.1)), F.one_hot(3, 10)):.4f}")
        2.3026

    Source: Kullback and Leibler, "On information and sufficiency" (1951).
    """
    log_predictions = as_class_scores("log_predictions", log_predictions)
    targets = as_targets("targets", targets, log_predictions, "log_predictions")
    return -jnp.sum(entr(targets) + weigh(targets, log_predictions), axis=-1)
