"""Whether probabilities mean what they say: accuracy against confidence, bin by bin."""

import dataclasses

import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.explain.classification._checks import check_scores
from jaxcnn.functional._calibration import confidence_bin

ROUNDING = 1e-2
"""By so much, in bfloat16, a probability may be above 1."""


@dataclasses.dataclass(frozen=True, eq=False)
class Reliability:
    """How often a network is right when it is so or so sure.

    Examples lie in equal intervals ``(b / bins, (b + 1) / bins]`` of their confidence: the
    probability of the first guess.

    Attributes:
        edges: the intervals' ends, ``(bins + 1,)``, from 0 to 1.
        counts: examples in each, ``(bins,)``, integers.
        confidence: mean confidence in each, ``(bins,)``; NaN where there is no example.
        accuracy: share of right first guesses in each, ``(bins,)``; NaN where there is none.
        error: the expected calibration error, as from `functional.expected_calibration_error`.
    """

    edges: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    error: float

    @property
    def mean_confidence(self) -> float:
        """Of all examples. Above the mean accuracy, the network is too sure of itself."""
        return _weighted(self.confidence, self.counts)

    @property
    def mean_accuracy(self) -> float:
        """Share of all examples whose first guess is right."""
        return _weighted(self.accuracy, self.counts)


def reliability(probabilities: ArrayLike, labels: ArrayLike, *, bins: int = 15) -> Reliability:
    """Compare how sure a network is with how often it is right.

    Args:
        probabilities: predicted distributions, ``(N, K)``.
        labels: true classes, integers ``(N,)``.
        bins: number of intervals, at least 1.

    Returns:
        Counts, confidence and accuracy of each interval, and the calibration error.

    Raises:
        TypeError: for probabilities that are not floating point or labels that are not integers.
        ValueError: for shapes that do not fit together, labels out of range, probabilities that
            do not lie between 0 and 1, or bins below 1.

    Example:
        >>> found = reliability([[0.8, 0.2], [0.8, 0.2]], [0, 1], bins=2)
        >>> found.counts.tolist(), found.accuracy.tolist(), round(found.error, 3)
        ([0, 2], [nan, 0.5], 0.3)

    Source: Guo et al., "On calibration of modern neural networks" (2017),
    https://arxiv.org/abs/1706.04599
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1; got {bins}")
    likely, truths = check_scores("probabilities", probabilities, labels)
    if likely.min() < 0 or likely.max() > 1 + ROUNDING:
        raise ValueError(
            f"probabilities must lie between 0 and 1; got {likely.min():.3g} to "
            f"{likely.max():.3g}; take the softmax of logits"
        )
    sure = likely.max(axis=1)
    hits = likely.argmax(axis=1) == truths
    places = np.asarray(confidence_bin(jnp.asarray(sure, jnp.float32), bins))
    counts = np.bincount(places, minlength=bins)
    confidences, right = (np.bincount(places, weights, bins) for weights in (sure, hits))
    filled = np.where(counts > 0, counts, np.nan)
    return Reliability(
        edges=np.linspace(0, 1, bins + 1),
        counts=counts,
        confidence=confidences / filled,
        accuracy=right / filled,
        error=float(np.abs(right - confidences).sum() / len(truths)),
    )


def _weighted(values: np.ndarray, counts: np.ndarray) -> float:
    filled = counts > 0
    return float(np.average(values[filled], weights=counts[filled]))
