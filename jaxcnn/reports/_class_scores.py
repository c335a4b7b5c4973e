"""`ClassScores`: precision, recall and F1 of each class, for the tables of all pages."""

from typing import NamedTuple

import numpy as np
from jax.typing import ArrayLike

from jaxcnn import functional as F


class ClassScores(NamedTuple):
    """Scores of K classes, ``(K,)`` each; NaN for a class that is neither a label nor predicted.

    Attributes:
        precision: Share of the examples predicted as a class that are of that class.
        recall: Share of the examples of a class that are predicted as that class.
        f1: The harmonic mean of both.
        support: Number of examples of each class.
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray

    @classmethod
    def of_classes(cls, confusion: np.ndarray) -> "ClassScores":
        """Make the scores of examples with one class each.

        Args:
            confusion: Counts ``(K, K)``: row = true class, column = predicted class.
        """
        support, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
        return cls._of(F.precision_recall_f1(confusion), support, predicted)

    @classmethod
    def of_labels(cls, predicted: np.ndarray, labels: np.ndarray) -> "ClassScores":
        """Make the scores of examples with several labels.

        Args:
            predicted: Which labels are predicted, ``(N, K)`` bool.
            labels: The true labels, ``(N, K)``.
        """
        found = F.multilabel_precision_recall_f1(F.multilabel_confusion_matrix(predicted, labels))
        return cls._of(found, labels.sum(axis=0), predicted.sum(axis=0))

    @classmethod
    def _of(
        cls, scores: tuple[ArrayLike, ...], support: np.ndarray, predicted: np.ndarray
    ) -> "ClassScores":
        occurs = support + predicted > 0
        precision, recall, f1 = (np.where(occurs, np.asarray(each), np.nan) for each in scores)
        return cls(precision, recall, f1, support)


def mean_score(values: np.ndarray) -> float:
    """Return the mean over the classes that occur, in float64."""
    return float(np.nanmean(values.astype(np.float64)))


def percent(value: float) -> str:
    """Return a share in percent; a dash if it is not known.

    Example:
        >>> percent(0.5), percent(float("nan"))
        ('50.0%', '–')
    """
    return f"{value:.1%}" if np.isfinite(value) else "–"
