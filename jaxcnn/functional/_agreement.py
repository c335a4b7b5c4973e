"""Agreement of predictions with labels beyond chance, as one number from a confusion matrix."""

from typing import Any, Literal, get_args

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.functional._confusion import Counts, as_square_counts

Weights = Literal["linear", "quadratic"]


def matthews_corrcoef(confusion_matrix: ArrayLike) -> Array:
    r"""Compute the Matthews correlation coefficient (MCC) of predicted and true classes.

    Use the MCC in place of the accuracy where some classes have many more examples than others:
    always predicting the largest class gives an MCC of 0. For K classes, the MCC is Gorodkin's R_K.
    There are s examples, and c of them are predicted right. Class k has t_k examples, and class k
    is predicted for p_k examples. Then

    .. math:: MCC = \frac{c s - \sum_k t_k p_k}
        {\sqrt{(s^2 - \sum_k p_k^2) (s^2 - \sum_k t_k^2)}}

    Args:
        confusion_matrix: Counts `(K, K)`: row = true class, column = predicted class.

    Returns:
        A float32 scalar, -1 to 1. The result is 0 if all examples have the same true class, or all
        have the same predicted class.

    Raises:
        TypeError: If the matrix is not of integers.
        ValueError: If the matrix is not square.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(f"{F.matthews_corrcoef(jnp.array([[6, 2], [1, 3]])):.4f}")
        0.4781

    Source: Gorodkin, "Comparing two K-category assignments by a K-category correlation
    coefficient" (2004).
    """
    right, true, predicted = _shares(as_square_counts("confusion_matrix", confusion_matrix))
    covariance = (right.diagonal() - true * predicted).sum()
    # 1 - Σ x² is Σ x (1 - x), which loses no digits where one share is nearly 1.
    variances = (true * (1 - true)).sum() * (predicted * (1 - predicted)).sum()
    return _ratio(covariance, _maths(variances).sqrt(variances))


def cohen_kappa(confusion_matrix: ArrayLike, *, weights: Weights | None = None) -> Array:
    r"""Compute Cohen's kappa: the agreement of predicted and true classes beyond chance.

    Let observed_ij be the share of examples that are of class i and predicted to be of class j. Let
    true_i be the share of examples of class i, and predicted_j the share of examples that are
    predicted to be of class j. For predictions that do not depend on the true class, the share of
    examples of class i predicted to be of class j is expected_ij = true_i predicted_j. Then

    .. math:: \kappa = 1 - \frac{\sum_{ij} w_{ij}\, observed_{ij}}
        {\sum_{ij} w_{ij}\, expected_{ij}}

    Args:
        confusion_matrix: Counts `(K, K)`: row = true class, column = predicted class. Counts of the
            answers of two raters work as well.
        weights: The weight w_ij of a confusion of classes i and j. None gives all confusions the
            weight 1. For ordered classes such as grades, ``"linear"`` uses the distance of the
            classes, and ``"quadratic"`` the square of the distance.

    Returns:
        A float32 scalar, at most 1. The result is 0 if all examples have the same true class, and
        that class is predicted for all of them.

    Raises:
        TypeError: If the matrix is not of integers.
        ValueError: If the matrix is not square, or the weights are unknown.

    Example:
        >>> from jaxcnn import functional as F
        >>> print(f"{F.cohen_kappa(jnp.array([[6, 2], [1, 3]])):.4f}")
        0.4706

    Source: Cohen, "Weighted kappa" (1968).
    """
    if weights not in (None, *get_args(Weights)):
        raise ValueError(f"weights: expected one of {get_args(Weights)} or None, got {weights!r}")
    observed, true, predicted = _shares(as_square_counts("confusion_matrix", confusion_matrix))
    numbers = np.arange(len(observed))
    distance = np.abs(numbers[:, None] - numbers)
    powers = {None: distance > 0, "linear": distance, "quadratic": distance**2}
    weight = powers[weights].astype(observed.dtype)
    excess = weight * (true[:, None] * predicted[None] - observed)
    return _ratio(excess.sum(), (weight * (true[:, None] * predicted[None])).sum())


def _shares(counts: Counts) -> tuple[Counts, Counts, Counts]:
    """Return the shares of each cell, of each true class and of each predicted class."""
    shares = counts / _maths(counts).maximum(counts.sum(), 1)
    return shares, shares.sum(axis=1), shares.sum(axis=0)


def _ratio(part: Counts, whole: Counts) -> Array:
    """Return part / whole as float32, and 0 for a whole of 0."""
    maths = _maths(whole)
    return jnp.asarray(maths.where(whole > 0, part / maths.where(whole > 0, whole, 1), 0), "f4")


def _maths(values: Counts) -> Any:
    """Return NumPy for what is on the host, in float64, and JAX's NumPy for what is traced."""
    return np if isinstance(values, np.ndarray | np.generic) else jnp
