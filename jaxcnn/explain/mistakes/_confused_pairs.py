"""Count which classes were predicted as which others."""

from typing import NamedTuple

import numpy as np


class ConfusedPair(NamedTuple):
    """Examples of one class that were predicted as another.

    Attributes:
        label: The true class of these examples, an index.
        guess: The predicted class of these examples, an index.
        examples: Number of these examples.
        share: Number of these examples, divided by the number of all examples of the true class.
    """

    label: int
    guess: int
    examples: int
    share: float


def confused_pairs(confusion: np.ndarray) -> tuple[ConfusedPair, ...]:
    """Return the pairs of classes that were confused, in descending order of examples.

    Args:
        confusion: Counts ``(K, K)``: row = true class, column = predicted class.
    """
    wrong = confusion - np.diag(np.diagonal(confusion))
    pairs = np.argwhere(wrong)
    order = np.argsort(-wrong[tuple(pairs.T)], kind="stable")
    support = confusion.sum(axis=1)
    return tuple(
        ConfusedPair(int(i), int(j), int(wrong[i, j]), float(wrong[i, j] / support[i]))
        for i, j in pairs[order]
    )
