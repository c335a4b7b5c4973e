"""Binary cross-entropies: from logits, from probabilities, focal, and averaged over labels."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_number
from jaxcnn.functional._class_checks import (
    as_class_scores,
    as_floating,
    as_targets,
    check_probabilities,
)
from jaxcnn.functional._cross_entropy import weigh


def sigmoid_binary_cross_entropy(logits: ArrayLike, labels: ArrayLike) -> Array:
    """Compute the binary cross-entropy between ``sigmoid(logits)`` and labels, element by element.

    Use this loss for yes-or-no questions, with one logit per question. For several labels per
    example, `multilabel_cross_entropy` averages this loss over the labels.

        loss = -y log p - (1 - y) log(1 - p),  p = sigmoid(logits),  in nats

    The loss is exact for any finite logits. A logit of ±inf is a certain prediction: the loss is 0
    if the prediction is right, and inf if the prediction is wrong.

    Args:
        logits: Log-odds of any shape, floating point.
        labels: Probabilities y that the answer is yes, 0 to 1, of the same shape.

    Returns:
        Loss of each element, with the shape and dtype of `logits`.

    Raises:
        TypeError: If logits are not floating point.
        ValueError: If labels have the wrong shape or, outside of compiled functions, one is not
            from 0 to 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> F.sigmoid_binary_cross_entropy(jnp.array([0.0, -1e4]), jnp.array([1, 1]))
        Array([6.931472e-01, 1.000000e+04], dtype=float32)
    """
    logits = as_floating("logits", logits)
    labels = as_targets("labels", labels, logits, "logits")
    check_probabilities("labels", labels)
    yes = weigh(labels, jax.nn.log_sigmoid(logits))
    no = weigh(1 - labels, jax.nn.log_sigmoid(-logits))
    return -(yes + no)


def binary_cross_entropy(probabilities: ArrayLike, labels: ArrayLike) -> Array:
    """Compute the binary cross-entropy between probabilities and labels, element by element.

    Use this loss to evaluate predicted probabilities. To train, use `sigmoid_binary_cross_entropy`
    on the logits.

        loss = -y log p - (1 - y) log(1 - p),  in nats

    Before the logarithm is taken, values of p and 1 - p below the smallest normal number of the
    dtype are replaced by that number. So the loss of a perfect prediction is exactly 0. The loss of
    a prediction that is certain and wrong is 87.3 in float32, and its gradient is 0.

    Args:
        probabilities: Predicted probabilities p of "yes", 0 to 1, any shape, floating point.
        labels: Probabilities y that the answer is yes, 0 to 1, of the same shape.

    Returns:
        Loss of each element, with the shape and dtype of `probabilities`.

    Raises:
        TypeError: If probabilities are not floating point.
        ValueError: If labels have the wrong shape or, outside of compiled functions, a label or a
            probability is not from 0 to 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.binary_cross_entropy(jnp.array([0.011, 1.0]), jnp.array([1, 1])).round(4))
        [4.5099 0.    ]
    """
    probabilities = as_floating("probabilities", probabilities)
    labels = as_targets("labels", labels, probabilities, "probabilities")
    check_probabilities("probabilities", probabilities)
    check_probabilities("labels", labels)
    tiny = float(jnp.finfo(probabilities.dtype).tiny)
    surprise_of_yes = -jnp.log(jnp.maximum(probabilities, tiny))
    surprise_of_no = -jnp.log(jnp.maximum(1 - probabilities, tiny))
    return labels * surprise_of_yes + (1 - labels) * surprise_of_no


def sigmoid_focal_loss(
    logits: ArrayLike, labels: ArrayLike, *, alpha: float | None = None, gamma: float = 2.0
) -> Array:
    """Compute the focal loss: binary cross-entropy with less weight on well-classified examples.

    Use it where easy examples far outnumber the hard ones, as in detection.

        loss = -alpha_t (1 - p_t)^gamma log p_t,  in nats

    where p_t is the probability given to the right answer, and alpha_t is ``alpha`` for "yes" and
    ``1 - alpha`` for "no". With gamma = 0 and no alpha, the loss is `sigmoid_binary_cross_entropy`.

    Args:
        logits: Log-odds of any shape, floating point. Infinite logits are replaced by a large
            finite number (1.8e19 in float32), and their gradient is 0.
        labels: Probabilities that the answer is yes, 0 to 1, of the same shape.
        alpha: Weight of "yes", 0 to 1. None gives "yes" and "no" the weight 1.
        gamma: Focusing exponent, at least 0.

    Returns:
        Loss of each element, with the shape and dtype of `logits`.

    Raises:
        TypeError: If logits are not floating point.
        ValueError: If labels have the wrong shape, or alpha or gamma is out of range. Also, outside
            of compiled functions, if a label is not from 0 to 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.sigmoid_focal_loss(jnp.array([0.0, 4.0]), jnp.array([1, 1])).round(4))
        [0.1733 0.    ]

    Source: Lin et al., "Focal loss for dense object detection" (2017),
    https://arxiv.org/abs/1708.02002
    """
    if alpha is not None and not 0 <= alpha <= 1:
        raise ValueError(f"alpha: expected a number of 0 to 1, or None, got {alpha}")
    check_number("gamma", gamma, minimum=0)
    logits = as_floating("logits", logits)
    labels = as_targets("labels", labels, logits, "logits")
    check_probabilities("labels", labels)
    finfo = jnp.finfo(logits.dtype)
    large = float(finfo.max) ** 0.5  # whose products with other values do not overflow
    logits = jnp.nan_to_num(logits, nan=jnp.nan, posinf=large, neginf=-large)
    miss = (1 - labels) * jax.nn.sigmoid(logits) + labels * jax.nn.sigmoid(-logits)
    focus = jnp.maximum(miss, float(finfo.tiny)) ** gamma  # slope at 0 is infinite for gamma < 1
    weight = 1 if alpha is None else alpha * labels + (1 - alpha) * (1 - labels)
    return weight * focus * sigmoid_binary_cross_entropy(logits, labels)


def multilabel_cross_entropy(
    logits: ArrayLike, labels: ArrayLike, *, label_smoothing: float = 0.0
) -> Array:
    """Compute the mean of the sigmoid cross-entropies over the labels of each example.

    This is the usual loss of multilabel classification, in which an example can have any number of
    the K labels.

        loss = 1/K Σ_k sigmoid_binary_cross_entropy(logits_k, targets_k),  in nats
        targets = labels (1 - s) + s / 2,  with s the `label_smoothing`

    If all logits of an example are 0, its loss is ln 2, for any number of labels.

    Args:
        logits: Log-odds `(..., K)`, floating point.
        labels: `(..., K)`, 1 where the example has the label and 0 elsewhere, of any real dtype.
        label_smoothing: The share s, a Python number with 0 ≤ s ≤ 1.

    Returns:
        Loss of each example, `(...)`, in the dtype of `logits`.

    Raises:
        TypeError: If logits are not floating point.
        ValueError: If labels have the wrong shape, or s is out of range. Also, outside of compiled
            functions, if a label is not from 0 to 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.multilabel_cross_entropy(jnp.zeros((1, 3)), jnp.array([[1, 0, 1]])).round(4))
        [0.6931]
    """
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing: expected a number of 0 to 1, got {label_smoothing}")
    logits = as_class_scores("logits", logits)
    labels = as_targets("labels", labels, logits, "logits")
    check_probabilities("labels", labels)
    targets = labels * (1 - label_smoothing) + label_smoothing / 2
    return sigmoid_binary_cross_entropy(logits, targets).mean(axis=-1)
