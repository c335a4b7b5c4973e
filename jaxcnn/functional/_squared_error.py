"""Squared errors: half their sum, and their mean."""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.functional._class_checks import as_class_scores, as_targets


def half_squared_error(predictions: ArrayLike, targets: ArrayLike) -> Array:
    """Half the sum of the squared errors over the last axis.

    ``½ Σ_k (predictions_k - targets_k)²``, whose gradient is the plain error. (`mean` in
    place of ``½ Σ`` gives `mean_squared_error`.)

    Args:
        predictions: `(..., K)`, floating point.
        targets: `(..., K)`, of any real dtype.

    Returns:
        Loss of each example, `(...)`, dtype of `predictions`.

    Raises:
        TypeError: For predictions that are not floating point.
        ValueError: For targets of another shape.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(f"{F.half_squared_error(jnp.full(10, 0.1), F.one_hot(3, 10)):.4f}")
        0.4500
    """
    return 0.5 * jnp.sum(_squared_errors(predictions, targets), axis=-1)


def mean_squared_error(predictions: ArrayLike, targets: ArrayLike) -> Array:
    """Mean of the squared errors over the last axis.

    ``1/K Σ_k (predictions_k - targets_k)²``.

    Args:
        predictions: `(..., K)`, floating point.
        targets: `(..., K)`, of any real dtype.

    Returns:
        Loss of each example, `(...)`, dtype of `predictions`.

    Raises:
        TypeError: For predictions that are not floating point.
        ValueError: For targets of another shape.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(f"{F.mean_squared_error(jnp.full(10, 0.1), F.one_hot(3, 10)):.4f}")
        0.0900
    """
    return jnp.mean(_squared_errors(predictions, targets), axis=-1)


def _squared_errors(predictions: ArrayLike, targets: ArrayLike) -> Array:
    predictions = as_class_scores("predictions", predictions)
    targets = as_targets("targets", targets, predictions, "predictions")
    return jnp.square(predictions - targets)
