"""What reports on predictions ask of their inputs, on the host."""

import numpy as np
from numpy.typing import ArrayLike


def check_scores(name: str, scores: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Scores as float64 ``(N, K)`` and classes as ``(N,)``, or an error that calls scores `name`.

    Raises:
        TypeError: for scores that are not floating point, or labels that are not integers.
        ValueError: for shapes that do not fit together, no example, labels out of range, or
            scores that are not finite.
    """
    numbers = np.asarray(scores)
    if not np.issubdtype(numbers.dtype, np.floating):
        raise TypeError(f"{name} must be floating point; got {numbers.dtype}")
    if numbers.ndim != 2 or 0 in numbers.shape:
        raise ValueError(f"{name} must have shape (N, K), neither 0; got {numbers.shape}")
    truths = np.asarray(labels)
    check_one_label(truths)
    if not np.issubdtype(truths.dtype, np.integer):
        raise TypeError(f"labels must be integer class numbers; got {truths.dtype}")
    examples, classes = numbers.shape
    if truths.shape != (examples,):
        raise ValueError(
            f"labels must have shape ({examples},), one class an example; got {truths.shape}"
        )
    if truths.min() < 0 or truths.max() >= classes:
        raise ValueError(
            f"labels must lie between 0 and {classes - 1}; got {truths.min()} to {truths.max()}"
        )
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} must be finite; some are NaN or infinite")
    return numbers.astype(np.float64), truths


def check_one_label(labels: np.ndarray) -> None:
    """Raise ValueError for labels ``(N, K)``: there, no class is taken for another."""
    if labels.ndim == 2:
        raise ValueError(
            f"labels must be one class an example, (N,); got {labels.shape}; score several labels "
            "an example one by one, by multilabel_precision_recall_f1 and average_precision of "
            "jaxcnn.functional"
        )
