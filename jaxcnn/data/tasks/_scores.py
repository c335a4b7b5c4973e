"""Scores of a classifier on a test set, each as one number for all classes."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn._support.results import TableResult


@dataclasses.dataclass(frozen=True)
class ClassificationScores(TableResult):
    """Scores of a classifier with one class per example, which the accuracy does not tell.

    Where some classes have many more examples than others, the accuracy says little about the rare
    classes, and these scores say more. Each is the score of scikit-learn. Scores are NaN if outputs
    of the network are; the AUC also if all examples are of one class.

    Attributes:
        balanced_accuracy: Mean of the classes' recalls; see `jaxcnn.functional.balanced_accuracy`.
        macro_f1: Mean of the classes' F1 scores; see `jaxcnn.functional.precision_recall_f1`.
        matthews_corrcoef: Matthews correlation (MCC); see `jaxcnn.functional.matthews_corrcoef`.
        cohen_kappa: Agreement beyond chance; see `jaxcnn.functional.cohen_kappa`.
        roc_auc: Mean area under the ROC curves of each class against all others; see
            `jaxcnn.functional.roc_auc`.
        brier_score: Mean squared error of the probabilities; see `jaxcnn.functional.brier_score`.
    """

    balanced_accuracy: float
    macro_f1: float
    matthews_corrcoef: float
    cohen_kappa: float
    roc_auc: float
    brier_score: float

    def __str__(self) -> str:
        return _line(
            self,
            balanced_accuracy="balanced accuracy {:.2%}",
            macro_f1="macro F1 {:.4f}",
            matthews_corrcoef="MCC {:.4f}",
            roc_auc="AUC {:.4f}",
        )

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [dataclasses.asdict(self)]

    @classmethod
    def of(cls, probabilities: ArrayLike, labels: ArrayLike) -> Self:
        """Compute the scores of probabilities ``(N, K)`` for classes ``(N,)``, on the host.

        Example:
            >>> likely = [[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.8, 0.2]]
            >>> print(ClassificationScores.of(likely, [0, 0, 1, 1]))
            balanced accuracy 75.00%, macro F1 0.7333, MCC 0.5774, AUC 0.7500
        """
        likely, truths = np.asarray(probabilities), np.asarray(labels)
        if np.isnan(likely).any():
            return cls(*[math.nan] * len(dataclasses.fields(cls)))
        classes = likely.shape[1]
        cells = truths * classes + likely.argmax(axis=1)
        confusion = np.bincount(cells, minlength=classes**2).reshape(classes, classes)
        return cls(
            balanced_accuracy=float(F.balanced_accuracy(confusion)),
            macro_f1=float(F.precision_recall_f1(confusion, average="macro").f1),
            matthews_corrcoef=float(F.matthews_corrcoef(confusion)),
            cohen_kappa=float(F.cohen_kappa(confusion)),
            roc_auc=float(F.roc_auc(likely, truths)),
            brier_score=float(F.brier_score(likely, truths)),
        )


@dataclasses.dataclass(frozen=True)
class MultilabelScores(TableResult):
    """Scores of a classifier with several labels per example, averaged over the labels.

    Each is the score of scikit-learn. Scores are NaN if outputs of the network are; means leave out
    labels for which a score is not defined, because they have no positive or no negative examples.

    Attributes:
        macro_f1: Mean of the labels' F1 scores, with thresholds of 0.5.
        micro_f1: F1 score of the answers for all labels pooled, with thresholds of 0.5.
        mean_average_precision: Mean of the labels' average precisions (mAP); see
            `jaxcnn.functional.mean_average_precision`.
        roc_auc: Mean area under the labels' ROC curves; see `jaxcnn.functional.roc_auc`.
    """

    macro_f1: float
    micro_f1: float
    mean_average_precision: float
    roc_auc: float

    def __str__(self) -> str:
        return _line(
            self,
            macro_f1="macro F1 {:.4f}",
            mean_average_precision="mAP {:.4f}",
            roc_auc="AUC {:.4f}",
        )

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return [dataclasses.asdict(self)]

    @classmethod
    def of(cls, probabilities: ArrayLike, labels: ArrayLike) -> Self:
        """Compute the scores of probabilities ``(N, K)`` for answers ``(N, K)``, on the host.

        Example:
            >>> likely = np.array([[0.9, 0.1], [0.6, 0.7], [0.3, 0.2]])
            >>> print(MultilabelScores.of(likely, [[1, 0], [0, 1], [0, 0]]))
            macro F1 0.8333, mAP 1.0000, AUC 1.0000
        """
        likely, truths = np.asarray(probabilities), np.asarray(labels)
        if np.isnan(likely).any():
            return cls(*[math.nan] * len(dataclasses.fields(cls)))
        matrix = F.multilabel_confusion_matrix(likely >= 0.5, truths)
        macro, micro = (
            F.multilabel_precision_recall_f1(matrix, average=average).f1
            for average in ("macro", "micro")
        )
        return cls(
            macro_f1=float(macro),
            micro_f1=float(micro),
            mean_average_precision=float(F.mean_average_precision(likely, truths)),
            roc_auc=float(F.roc_auc(likely, truths)),
        )


def _line(scores: TableResult, **formats: str) -> str:
    """Write some scores in a line, each in its format, and leave out those that are NaN."""
    found = {name: getattr(scores, name) for name in formats}
    known = {name: value for name, value in found.items() if not math.isnan(value)}
    return ", ".join(formats[name].format(value) for name, value in known.items())
