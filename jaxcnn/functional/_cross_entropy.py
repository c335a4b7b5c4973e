"""Cross-entropy losses from logits; entropy, and Kullback-Leibler divergence, of distributions."""

import jax
import jax.numpy as jnp
import optax.losses
from jax import Array
from jax.scipy.special import entr
from jax.typing import ArrayLike

from jaxcnn.functional._class_checks import (
    Axes,
    as_class_scores,
    as_floating,
    as_included,
    as_integer_labels,
    as_targets,
    check_classes,
    check_log_probabilities,
    check_probabilities,
    classes_last,
)


def softmax_cross_entropy_with_integer_labels(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    axis: Axes = -1,
    where: ArrayLike | None = None,
    label_smoothing: float = 0.0,
) -> Array:
    """Compute the cross-entropy between ``softmax(logits)`` and integer labels.

    This is the usual loss for images that each belong to one of K classes. For targets that are
    one-hot or soft (mixup, distillation), use `softmax_cross_entropy`.

        loss = -log softmax(logits)[label],  in nats

    The loss is exact for logits of any size that occurs in training. (Beyond about 1e9, compiled
    float32 arithmetic can give -inf.) A logit of -inf masks its class: the softmax leaves this
    class out. If the label is a masked class, the loss is inf.

    With `label_smoothing` s, the target gives 1 - s to the label and spreads s evenly over all
    classes that are not masked.

    Args:
        logits: Unnormalized log-probabilities `(..., K)`, floating point. The loss is computed in
            the dtype of the logits: convert logits in half precision to float32.
        labels: Integer classes `(...)` in 0 … K - 1. Inside compiled functions, a label out of
            range raises no error: labels of K and above give NaN, and negative labels count from
            the last class.
        axis: Axis of the classes in `logits`, if it is not the last. With several axes, or None for
            all axes, the classes are numbered in row-major order.
        where: A mask of booleans. A mask of shape `(...)` is False for whole examples to leave out,
            such as padding; their loss is 0. A mask of the shape of `logits` is False for classes
            to leave out of the softmax. Do not mask the class that is an example's label: the loss
            of that example is then meaningless, and can be negative. None includes everything.
        label_smoothing: The share s, a Python number with 0 ≤ s < 1.

    Returns:
        Loss of each example, `(...)`, in the dtype of `logits`.

    Raises:
        TypeError: If logits are not floating point, or labels are not integers.
        ValueError: If labels (one-hot labels, for example) or `where` have the wrong shape. Also if
            `axis` is not an axis of the logits, s is out of range or, outside of compiled
            functions, a label is.

    Example:
        >>> from jaxcnn import functional as F
        >>> logits = jnp.array([-0.5, 1.2, -0.1, 2.4])
        >>> print(f"{F.softmax_cross_entropy_with_integer_labels(logits, 3):.4f}")
        0.3635

    Source: label smoothing is from Szegedy et al., "Rethinking the Inception architecture"
    (2016), https://arxiv.org/abs/1512.00567
    """
    logits = as_floating("logits", logits)
    included = as_included(where, logits, axis)
    logits = as_class_scores("logits", classes_last(logits, axis))
    labels = as_integer_labels(labels, logits.shape[:-1])
    check_classes(labels, logits.shape[-1], included)
    loss = optax.losses.softmax_cross_entropy_with_integer_labels(logits, labels, where=included)
    return _smooth(loss, logits, label_smoothing, included)


def softmax_cross_entropy(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    axis: Axes = -1,
    where: ArrayLike | None = None,
    label_smoothing: float = 0.0,
) -> Array:
    """Compute the cross-entropy between ``softmax(logits)`` and target distributions.

    Use this loss for one-hot or soft targets (mixup, distillation). For integer classes,
    `softmax_cross_entropy_with_integer_labels` needs less memory.

        loss = -Σ_k labels_k log softmax(logits)_k,  in nats

    ``0 · log 0`` counts as 0. So a class that is masked by a logit of -inf adds 0 to the loss if
    its label is 0. If its label is above 0, the loss is inf. (Optax's `softmax_cross_entropy` gives
    NaN here.)

    With `label_smoothing` s, the target is ``(1 - s) labels`` plus s spread evenly over all classes
    that are not masked.

    Args:
        logits: Unnormalized log-probabilities `(..., K)`, floating point. The loss is computed in
            the dtype of the logits: convert logits in half precision to float32.
        labels: Target distributions `(..., K)`, one-hot or soft, of any real dtype. The function
            does not check that each distribution sums to 1.
        axis: Axis of the classes, if it is not the last. Several axes, or None for all axes, are
            treated as one axis.
        where: A mask of booleans. A mask of shape `(...)` is False for whole examples to leave out,
            such as padding; their loss is 0. A mask of the shape of `logits` is False for classes
            to leave out of the softmax and of the sum. Give such a class a label of 0: any other
            label is ignored. None includes everything.
        label_smoothing: The share s, a Python number with 0 ≤ s < 1.

    Returns:
        Loss of each example, `(...)`, in the dtype of `logits`. Training minimizes the mean of the
        losses.

    Raises:
        TypeError: If logits are not floating point.
        ValueError: If labels or `where` have the wrong shape. Also if `axis` is not an axis of the
            logits, s is out of range or, outside of compiled functions, a label is not from 0 to 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> logits = jnp.array([[1.2, -0.8, -0.5], [0.9, -1.2, 1.1]])  # two examples, K = 3
        >>> targets = jnp.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])  # one-hot, and soft
        >>> loss = F.softmax_cross_entropy(logits, targets)
        >>> print(loss.shape, f"{loss[0]:.4f} {loss[1]:.4f}, mean {loss.mean():.4f}")
        (2,) 0.2761 1.8018, mean 1.0390
    """
    logits = as_floating("logits", logits)
    labels = classes_last(as_targets("labels", labels, logits, "logits"), axis)
    included = as_included(where, logits, axis)
    logits = as_class_scores("logits", classes_last(logits, axis))
    check_probabilities("labels", labels, included)
    loss = -_weighted_sum(labels, jax.nn.log_softmax(logits, where=included), included)
    return _smooth(loss, logits, label_smoothing, included)


def _smooth(loss: Array, logits: Array, label_smoothing: float, included: Array | None) -> Array:
    """Mix the loss with the cross-entropy against the uniform distribution."""
    if not 0 <= label_smoothing < 1:
        raise ValueError(
            f"label_smoothing: expected a number of at least 0 and below 1, got {label_smoothing}"
        )
    if label_smoothing == 0:
        return loss
    unmasked = ~jnp.isneginf(logits)
    if included is not None:
        unmasked &= included
    log_probabilities = jax.nn.log_softmax(logits, where=included)
    uniform_loss = -jnp.mean(log_probabilities, axis=-1, where=unmasked)
    if included is not None:  # examples that are masked completely have no mean
        uniform_loss = jnp.where(included.any(axis=-1), uniform_loss, 0)
    return (1 - label_smoothing) * loss + label_smoothing * uniform_loss


def weigh(weights: Array, log_probabilities: Array) -> Array:
    """Return the product, with ``0 · -inf = 0``, in the value and in every derivative."""
    impossible = (weights == 0) & jnp.isneginf(log_probabilities)
    return weights * jnp.where(impossible, 0, log_probabilities)


def _weighted_sum(weights: Array, log_probabilities: Array, included: Array | None) -> Array:
    """Sum the products over the last axis, those that are included."""
    if included is not None:  # or -inf would make the derivative by the weights NaN
        log_probabilities = jnp.where(included, log_probabilities, 0)
    return jnp.sum(weigh(weights, log_probabilities), axis=-1, where=included)


def entropy(probabilities: ArrayLike, *, axis: Axes = -1, where: ArrayLike | None = None) -> Array:
    """Compute the entropy of distributions: how uncertain a prediction is.

        entropy = -Σ_k p_k log p_k,  in nats

    ``0 · log 0`` counts as 0. The entropy lies between 0 (certain) and log K (uniform).

    Args:
        probabilities: Distributions `(..., K)`, floating point, each with sum 1.
        axis: Axis of the classes, if it is not the last. Several axes, or None for all axes, are
            treated as one axis.
        where: A mask of booleans. A mask of shape `(...)` is False for whole distributions to leave
            out; their entropy is 0. A mask of the shape of `probabilities` is False for terms to
            leave out of the sum. None includes everything.

    Returns:
        Entropy of each distribution, `(...)`, in the dtype of `probabilities`.

    Raises:
        TypeError: If probabilities are not floating point.
        ValueError: If `where` has the wrong shape, or `axis` is not an axis of the probabilities.
            Also, outside of compiled functions, if a probability is not from 0 to 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.entropy(jnp.array([[0.5, 0.5], [1.0, 0.0]])).round(4))
        [0.6931 0.    ]
    """
    probabilities = as_floating("probabilities", probabilities)
    included = as_included(where, probabilities, axis)
    probabilities = as_class_scores("probabilities", classes_last(probabilities, axis))
    if included is not None:  # 1 adds 0, with a finite derivative
        probabilities = jnp.where(included, probabilities, 1)
    check_probabilities("probabilities", probabilities)
    return jnp.sum(entr(probabilities), axis=-1)


def kl_divergence(
    log_predictions: ArrayLike,
    targets: ArrayLike,
    *,
    axis: Axes = -1,
    where: ArrayLike | None = None,
) -> Array:
    """Compute the Kullback-Leibler divergence of predictions from target distributions.

    This is the usual loss of distillation. The divergence equals the cross-entropy minus the
    entropy of the targets, so a perfect prediction has divergence 0.

        KL(t ‖ p) = Σ_k t_k (log t_k - log p_k),  in nats

    ``0 · log 0`` counts as 0. ``0 · log p`` also counts as 0 where log p is -inf. As in Optax,
    predictions are given as *logarithms* (from `log_softmax`) and targets as probabilities.

    Args:
        log_predictions: Logarithms log p `(..., K)`, floating point.
        targets: Probabilities t `(..., K)`, each distribution with sum 1.
        axis: Axis of the classes, if it is not the last. Several axes, or None for all axes, are
            treated as one axis.
        where: A mask of booleans. A mask of shape `(...)` is False for whole examples to leave out;
            their divergence is 0. A mask of the shape of `log_predictions` is False for terms to
            leave out of the sum. None includes everything.

    Returns:
        Divergence of each example, `(...)`, in the dtype of `log_predictions`.

    Raises:
        TypeError: If log-predictions are not floating point.
        ValueError: If targets or `where` have the wrong shape, or `axis` is not an axis of the
            log-predictions. Also, outside of compiled functions, if a target is not from 0 to 1, or
            a log-prediction is above 0.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(f"{F.kl_divergence(jnp.log(jnp.full(10, 0.1)), F.one_hot(3, 10)):.4f}")
        2.3026

    Source: Kullback and Leibler, "On information and sufficiency" (1951).
    """
    log_predictions = as_floating("log_predictions", log_predictions)
    targets = as_targets("targets", targets, log_predictions, "log_predictions")
    targets = classes_last(targets, axis)
    included = as_included(where, log_predictions, axis)
    log_predictions = as_class_scores("log_predictions", classes_last(log_predictions, axis))
    if included is not None:  # certain and right adds 0, with finite derivatives
        targets = jnp.where(included, targets, 1)
        log_predictions = jnp.where(included, log_predictions, 0)
    check_log_probabilities("log_predictions", log_predictions)
    check_probabilities("targets", targets)
    return -jnp.sum(entr(targets) + weigh(targets, log_predictions), axis=-1)
