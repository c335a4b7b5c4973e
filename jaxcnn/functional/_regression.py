"""Losses and metrics of predicted numbers: squared and absolute error, R², and an interval."""

import math
from statistics import NormalDist

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.functional._class_checks import as_class_scores, as_floating, as_mask, as_targets


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


def mean_absolute_error(predictions: ArrayLike, targets: ArrayLike) -> Array:
    """Mean of the absolute errors over the last axis.

    ``1/K Σ_k |predictions_k - targets_k|``.

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
        >>> print(F.mean_absolute_error(jnp.array([[1.0, 2.0], [0.0, 0.0]]), jnp.zeros((2, 2))))
        [1.5 0. ]
    """
    predictions = as_class_scores("predictions", predictions)
    targets = as_targets("targets", targets, predictions, "predictions")
    return jnp.mean(jnp.abs(predictions - targets), axis=-1)


def r2_score(
    predictions: ArrayLike, targets: ArrayLike, *, where: ArrayLike | None = None
) -> Array:
    """Coefficient of determination: the fraction of the targets' variance that is predicted.

    ``R² = 1 - Σ_i (targets_i - predictions_i)² / Σ_i (targets_i - mean of targets)²`` over the
    examples i. It is 1 for perfect predictions, 0 where the mean of the targets is predicted
    throughout, and negative for worse. Where all targets are equal it is 1 if all predictions are
    perfect, else 0.

    Args:
        predictions: `(N,)`, or `(N, K)` for K numbers to predict, floating point.
        targets: Of the same shape, of any real dtype.
        where: Booleans `(N,)`, True for the examples that count (padding has False). None
            counts all of them.

    Returns:
        One score, `()`, or one for each of the K numbers, `(K,)`; float32 or wider. NaN where no
        example counts.

    Raises:
        TypeError: For predictions that are not floating point.
        ValueError: For shapes that are none of these or differ.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(F.r2_score(jnp.array([2.5, 0.0, 2.0, 8.0]), jnp.array([3, -0.5, 2, 7])).round(4))
        0.9486
    """
    predictions = as_floating("predictions", predictions)
    if predictions.ndim not in (1, 2):
        raise ValueError(
            f"predictions must have shape (N,) or (N, K), one row an example; "
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
    """Interval that holds the true mean behind a sample, such as the mean error of a network.

    The normal approximation, ``mean ± z s / √n`` with s the sample's standard deviation (with
    n - 1). It holds for many examples, from about a hundred on; for few, and for rates, which lie
    within 0 and 1, there are better ones (`wilson_interval`).

    Args:
        values: The sample, `(n,)` with n at least 2: one error for each independent test example.
        confidence: How often such an interval holds the true mean, above 0 and below 1.

    Returns:
        The lower and the upper end, Python floats.

    Raises:
        ValueError: For a sample of another shape, or a confidence out of range.

    Example:
        >>> from jaxcnn import functional as F
        >>> low, high = F.normal_interval(np.arange(100.0))
        >>> print(f"{low:.2f} to {high:.2f}")
        43.81 to 55.19

    Source: Wasserman, "All of Statistics" (2004), theorem 6.16.
    """
    sample = np.asarray(values, np.float64)
    if sample.ndim != 1 or len(sample) < 2:
        raise ValueError(f"values must have shape (n,) with n at least 2; got {sample.shape}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be above 0 and below 1; got {confidence}")
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * sample.std(ddof=1) / math.sqrt(len(sample))
    return float(sample.mean() - reach), float(sample.mean() + reach)
