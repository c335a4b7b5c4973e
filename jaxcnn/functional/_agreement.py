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

    Use it in place of the accuracy where classes differ much in size: always predicting the largest
    class gives 0. For K classes it is Gorodkin's R_K. With c right answers among s examples, of
    which t_k are of class k and p_k are predicted to be,

    .. math:: MCC = \frac{c s - \sum_k t_k p_k}
        {\sqrt{(s^2 - \sum_k p_k^2) (s^2 - \sum_k t_k^2)}}

    Args:
        confusion_matrix: Counts `(K, K)`: row = true class, column = predicted class.

    Returns:
        A float32 scalar, -1 to 1; 0 where all examples have, or are given, one class.

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

    With the share observed_ij of examples of class i that are predicted to be j, and the share
    expected_ij = true_i predicted_j of independent answers,

    .. math:: \kappa = 1 - \frac{\sum_{ij} w_{ij}\, observed_{ij}}
        {\sum_{ij} w_{ij}\, expected_{ij}}

    Args:
        confusion_matrix: Counts `(K, K)`: row = true class, column = predicted class. A matrix of
            two raters works as well.
        weights: The weight w of a confusion. None: 1 for all. For classes in an order such as
            grades, ``"linear"``: the distance of the classes; ``"quadratic"``: its square.

    Returns:
        A float32 scalar, at most 1; 0 where all examples have and are given one class.

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
