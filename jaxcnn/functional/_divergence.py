"""Entropy of a distribution, and how far one lies from another."""

import jax.numpy as jnp
from jax import Array
from jax.scipy.special import entr
from jax.typing import ArrayLike

from jaxcnn.functional._class_checks import as_class_scores, as_targets
from jaxcnn.functional._zero_log_zero import weigh


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
