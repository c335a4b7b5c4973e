"""Regression losses and metrics: squared and absolute errors, R², and the interval of a mean."""

import math
from statistics import NormalDist

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arrays import as_array
from jaxcnn.functional._class_checks import as_class_scores, as_floating, as_mask, as_targets


def half_squared_error(predictions: ArrayLike, targets: ArrayLike) -> Array:
    """Compute half the sum of the squared errors over the last axis.

    This is the textbook loss: its gradient is simply the error.

        loss = ½ Σ_k (predictions_k - targets_k)²

    Optax's `l2_loss` is ``½ (predictions - targets)²`` per element. This function sums these losses
    over the last axis. `mean_squared_error` takes the mean of the squared errors instead of half
    their sum.

    Args:
        predictions: `(..., K)`, floating point.
        targets: `(..., K)`, of any real dtype.

    Returns:
        Loss of each example, `(...)`, in the dtype of `predictions`.

    Raises:
        TypeError: If predictions are not floating point.
        ValueError: If targets have the wrong shape.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(f"{F.half_squared_error(jnp.full(10, 0.1), F.one_hot(3, 10)):.4f}")
        0.4500
    """
    return 0.5 * jnp.sum(_squared_errors(predictions, targets), axis=-1)


def mean_squared_error(predictions: ArrayLike, targets: ArrayLike) -> Array:
    """Compute the mean squared error (MSE) over the last axis.

        loss = 1/K Σ_k (predictions_k - targets_k)²

    Args:
        predictions: `(..., K)`, floating point.
        targets: `(..., K)`, of any real dtype.

    Returns:
        Loss of each example, `(...)`, in the dtype of `predictions`.

    Raises:
        TypeError: If predictions are not floating point.
        ValueError: If targets have the wrong shape.

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


def mean_absolute_error(predictions: ArrayLike, targets: ArrayLike) -> Array:
    """Compute the mean absolute error (MAE) over the last axis.

    The MAE is less sensitive to outliers than the mean squared error::

        loss = 1/K Σ_k |predictions_k - targets_k|

    Args:
        predictions: `(..., K)`, floating point.
        targets: `(..., K)`, of any real dtype.

    Returns:
        Loss of each example, `(...)`, in the dtype of `predictions`.

    Raises:
        TypeError: If predictions are not floating point.
        ValueError: If targets have the wrong shape.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.mean_absolute_error(jnp.array([[1.0, 2.0], [0.0, 0.0]]), jnp.zeros((2, 2))))
        [1.5 0. ]
    """
    predictions = as_class_scores("predictions", predictions)
    targets = as_targets("targets", targets, predictions, "predictions")
    return jnp.mean(jnp.abs(predictions - targets), axis=-1)


def r2_score(
    predictions: ArrayLike, targets: ArrayLike, *, where: ArrayLike | None = None
) -> Array:
    """Compute the coefficient of determination R²: the predicted fraction of the targets' variance.

    R² is 1 for perfect predictions, and 0 for always predicting the mean of the targets. For worse
    predictions, R² is negative. The sums are over the examples i:

        R² = 1 - Σ_i (targets_i - predictions_i)² / Σ_i (targets_i - mean of targets)²

    If all targets are equal, the score is 1 for perfect predictions and 0 for all others.

    Args:
        predictions: `(N,)`, or `(N, K)` for K values per example, floating point.
        targets: Array of the shape of `predictions`, of any real dtype.
        where: Booleans `(N,)`, True for the examples that count, False for padded ones. None counts
            all examples.

    Returns:
        One score `()`, or one score per value `(K,)`, in float32 or wider. Scores are NaN if no
        example counts.

    Raises:
        TypeError: If predictions are not floating point.
        ValueError: If predictions, targets or `where` have the wrong shape.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.r2_score(jnp.array([2.5, 0.0, 2.0, 8.0]), jnp.array([3, -0.5, 2, 7])).round(4))
        0.9486
    """
    predictions = as_floating("predictions", predictions)
    if predictions.ndim not in (1, 2):
        raise ValueError(
            f"predictions: expected shape (N,) or (N, K), one row per example, "
            f"got {predictions.shape}"
        )
    predictions = predictions.astype(jnp.promote_types(predictions.dtype, jnp.float32))
    targets = as_targets("targets", targets, predictions, "predictions")
    counted = as_mask(where, predictions.shape[:1])
    counted = counted.reshape(-1, *[1] * (predictions.ndim - 1))
    mean = jnp.mean(targets, axis=0, where=counted, keepdims=True)
    errors = jnp.sum(jnp.square(targets - predictions), axis=0, where=counted)
    spread = jnp.sum(jnp.square(targets - mean), axis=0, where=counted)
    constant = jnp.where(errors == 0, 1.0, 0.0).astype(errors.dtype)
    score = jnp.where(spread == 0, constant, 1 - errors / jnp.where(spread == 0, 1, spread))
    return jnp.where(jnp.any(counted), score, jnp.nan)


def normal_interval(values: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Compute a confidence interval of a mean, such as the mean error of a network.

        mean ± z s / √n

    where s is the sample standard deviation (divisor n - 1, as with ``ddof=1``), and z is the
    quantile of the normal distribution. This approximation is good for about a hundred examples or
    more. For fewer examples, other intervals are better. For a rate between 0 and 1, use
    `wilson_interval`.

    Args:
        values: The sample, `(n,)` with n at least 2, such as one error per independent test
            example.
        confidence: Confidence level, above 0 and below 1: the fraction of intervals that would
            contain the true mean if new samples were drawn.

    Returns:
        A pair of Python floats: the lower and the upper end.

    Raises:
        ValueError: If the sample has the wrong shape, or the confidence is out of range.

    Example:
        >>> from jaxcnn import functional as F
        >>> low, high = F.normal_interval(np.arange(100.0))
        >>> print(f"{low:.2f} to {high:.2f}")
        43.81 to 55.19

    Source: Wasserman, "All of Statistics" (2004), theorem 6.16.
    """
    sample = as_array("values", values).astype(np.float64)
    if sample.ndim != 1 or len(sample) < 2:
        raise ValueError(f"values: expected shape (n,) with n at least 2, got {sample.shape}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: expected a number above 0 and below 1, got {confidence}")
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * sample.std(ddof=1) / math.sqrt(len(sample))
    return float(sample.mean() - reach), float(sample.mean() + reach)
