"""Classification: each example shows one class, or any number of them."""

import dataclasses
import functools
import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn._support.arrays import as_array
from jaxcnn._support.names import places
from jaxcnn.data.tasks._scores import ClassificationScores, MultilabelScores
from jaxcnn.data.tasks._task import Loss, Task, first_index, most_probable, reorder_columns

MAX_CLASSES = 2**31
"""Classes that int32 can number."""


@dataclasses.dataclass(frozen=True)
class SingleLabel(Task):
    """Classification: each example shows exactly one of K classes.

    Labels are class indices ``(N,)``, stored as int32. Outputs ``(N, K)`` are logits; the softmax
    of the logits gives the probability of each class. The default loss is the softmax
    cross-entropy.

    Example:
        >>> task = SingleLabel()
        >>> task.check_labels([0, 2], examples=2, outputs=3).dtype
        dtype('int32')
        >>> task.decide(np.array([[0.2, 0.7, 0.1]])).tolist()
        [1]
    """

    label_dtype = np.dtype(np.int32)
    text_hint = (
        " (number the classes from 0 in the order of class_names, such as class_names, "
        "labels = np.unique(labels, return_inverse=True))"
    )

    @property
    def name(self) -> str:
        return "single"

    def label_shape(self, outputs: int) -> tuple[int, ...]:
        return ()

    def check_labels(
        self, labels: ArrayLike, *, examples: int, outputs: int, name: str = "labels"
    ) -> np.ndarray:
        labels = as_array(name, labels, text_hint=self.text_hint)
        if labels.ndim == 2 and len(labels) == examples and labels.shape[1] > 1:
            raise ValueError(
                f"{name}: expected integers of shape ({examples},), got shape {labels.shape} (they "
                "look one-hot: use labels.argmax(axis=1), or multilabel=True if an image may show "
                "several classes)"
            )
        if labels.ndim != 1:
            raise ValueError(f"{name}: expected shape ({examples},), got {labels.shape}")
        if len(labels) != examples:
            raise ValueError(f"{name}: expected {examples}, one per image, got {len(labels)}")
        if not np.issubdtype(labels.dtype, np.integer):
            raise TypeError(f"{name}: expected an integer dtype, got {_dtype_in_words(labels)}")
        wrong = (labels < 0) | (labels >= outputs)
        if wrong.any():
            index = first_index(wrong)
            known = f"0 to {outputs - 1}" if outputs < MAX_CLASSES else "class numbers from 0"
            raise ValueError(
                f"{name}: expected {known}, got {labels[index]} at {index} ({wrong.sum()} of "
                f"{len(labels)} are out of range{_numbering_hint(labels, outputs)})"
            )
        return labels.astype(self.label_dtype, copy=False)

    def check_unnamed(self, labels: np.ndarray, *, name: str) -> None:
        examples = len(labels) if labels.ndim else 1
        self.check_labels(labels, examples=examples, outputs=MAX_CLASSES, name=name)

    def renumber(
        self, labels: np.ndarray, names: Sequence[str], new_names: Sequence[str]
    ) -> np.ndarray:
        """Return new class numbers; classes without examples need not be among the new names."""
        numbers = np.array(places(names, new_names), labels.dtype)[labels]
        if (numbers < 0).any():
            name = names[labels[np.argmax(numbers < 0)]]
            raise ValueError(
                f"class_names: expected the name of each class with examples, got none for {name!r}"
            )
        return numbers

    def members(self, labels: np.ndarray, output: int) -> np.ndarray:
        return labels == output

    def strata(self, labels: np.ndarray) -> np.ndarray:
        return labels

    def count_classes(self, labels: np.ndarray, outputs: int) -> np.ndarray:
        return np.bincount(labels, minlength=outputs)

    def chance_loss(self, labels: np.ndarray, outputs: int) -> float:
        """Return ln K: all classes are equally probable."""
        return math.log(outputs)

    def default_loss(self, label_smoothing: float = 0.0) -> Loss:
        """Return the softmax cross-entropy; label smoothing spreads its share over all classes."""
        return _smoothed_softmax(label_smoothing)

    def correct(self, outputs: Array, labels: Array) -> Array:
        return (outputs.argmax(axis=-1) == labels) & ~jnp.isnan(outputs).any(axis=-1)

    def predictions(self, outputs: ArrayLike) -> Array:
        """Return the softmax of logits."""
        return F.softmax(jnp.asarray(outputs))

    def decide(self, predictions: np.ndarray, thresholds: ArrayLike = 0.5) -> np.ndarray:
        """Return the most probable class of each example, ``(N,)``."""
        return np.asarray(predictions).argmax(axis=-1)

    def top_classes(
        self,
        predictions: np.ndarray,
        names: Sequence[str],
        *,
        top: int | None = None,
        thresholds: ArrayLike = 0.5,
    ) -> list[tuple[str, float]]:
        return most_probable(predictions, names, top=top or 3)

    def scores(self, outputs: ArrayLike, labels: ArrayLike) -> ClassificationScores:
        """Return balanced accuracy, macro F1, MCC, Cohen's kappa, AUC and Brier score."""
        # In float64, so that fewer probabilities are rounded to 1, and so to equal ones.
        logits = np.asarray(outputs, np.float64)
        with np.errstate(invalid="ignore"):
            likely = np.exp(logits - logits.max(axis=1, keepdims=True))
        return ClassificationScores.of(likely / likely.sum(axis=1, keepdims=True), labels)

    def results(
        self, outputs: np.ndarray, labels: np.ndarray, names: Sequence[str]
    ) -> dict[str, Any]:
        """Return the fields of `ClassificationScores`."""
        return dataclasses.asdict(self.scores(outputs, labels))


def _dtype_in_words(labels: np.ndarray) -> str:
    """Name the dtype of labels that are no integers, with a hint at what they may mean."""
    hint = " (.astype(int) makes them classes 0 and 1)" if labels.dtype == bool else ""
    if np.issubdtype(labels.dtype, np.floating):
        hint = ' (for numbers to predict, pass task="regression")'
        if (missing := np.isnan(labels)).any():
            hint = f" (nan at {first_index(missing)}: a label is missing)"
    return f"{labels.dtype}{hint}"


def _numbering_hint(labels: np.ndarray, outputs: int) -> str:
    """Return the hint of an error about labels that number no class."""
    if labels.min() == -1:
        return "; -1 often means no label: leave these examples out"
    if labels.min() >= 1 and labels.max() == outputs:
        return "; classes are numbered from 0: pass labels - 1"
    return ""


@functools.cache
def _smoothed_softmax(label_smoothing: float) -> Loss:
    loss = F.softmax_cross_entropy_with_integer_labels
    return functools.partial(loss, label_smoothing=label_smoothing) if label_smoothing else loss


@dataclasses.dataclass(frozen=True)
class Multilabel(Task):
    """Multilabel classification: each example shows any number of K classes, from none to all.

    Labels are ``(N, K)``, 1 if the example shows the class and else 0, stored as uint8. Outputs
    ``(N, K)`` are logits; the sigmoid of a logit is the probability of its class. The default loss
    is the mean of the K sigmoid cross-entropies.

    Example:
        >>> task = Multilabel()
        >>> task.check_labels([[True, False]], examples=1, outputs=2).tolist()
        [[1, 0]]
        >>> task.decide(np.array([[0.9, 0.6]]), thresholds=[0.5, 0.7]).tolist()
        [[True, False]]
    """

    label_dtype = np.dtype(np.uint8)
    has_thresholds = True
    text_hint = (
        " (one column of 0 and 1 per class, as scikit-learn's MultiLabelBinarizer makes from names)"
    )

    @property
    def name(self) -> str:
        return "multilabel"

    def label_shape(self, outputs: int) -> tuple[int, ...]:
        return (outputs,)

    def check_labels(
        self, labels: ArrayLike, *, examples: int, outputs: int, name: str = "labels"
    ) -> np.ndarray:
        labels = as_array(name, labels, text_hint=self.text_hint)
        if labels.shape != (examples, outputs):
            raise ValueError(
                f"{name}: expected shape {(examples, outputs)}, a 0 or 1 per image and class, got "
                f"{labels.shape}"
            )
        if labels.dtype != bool and not np.issubdtype(labels.dtype, np.integer):
            raise TypeError(f"{name}: expected integers 0 and 1 or booleans, got {labels.dtype}")
        wrong = (labels < 0) | (labels > 1)
        if wrong.any():
            index = first_index(wrong)
            raise ValueError(
                f"{name}: expected 0 or 1, got {labels[index]} at {index} "
                f"({wrong.sum()} of {labels.size} are neither)"
            )
        return labels.astype(self.label_dtype, copy=False)

    def renumber(
        self, labels: np.ndarray, names: Sequence[str], new_names: Sequence[str]
    ) -> np.ndarray:
        return reorder_columns(labels, names, new_names)

    def describe(self, names: Sequence[str]) -> str:
        return f"{len(names)} classes, multilabel"

    def members(self, labels: np.ndarray, output: int) -> np.ndarray:
        return labels[:, output] > 0

    def classes_of(self, label: np.ndarray) -> np.ndarray:
        return np.flatnonzero(label)

    def strata(self, labels: np.ndarray) -> np.ndarray:
        """Return 0 for all examples, because most combinations of labels occur only once."""
        return np.zeros(len(labels), int)

    def count_classes(self, labels: np.ndarray, outputs: int) -> np.ndarray:
        return labels.sum(axis=0, dtype=np.int64)

    def chance_loss(self, labels: np.ndarray, outputs: int) -> float:
        """Return ln 2: yes and no are equally probable."""
        return math.log(2)

    def default_loss(self, label_smoothing: float = 0.0) -> Loss:
        """Return the mean sigmoid cross-entropy; label smoothing moves targets toward 1/2."""
        return _smoothed_sigmoid(label_smoothing)

    def correct(self, outputs: Array, labels: Array) -> Array:
        """Return whether all labels of each example are right, with thresholds of 0.5."""
        right = ((outputs >= 0) == (labels > 0)) & ~jnp.isnan(outputs)
        return right.all(axis=-1)

    def predictions(self, outputs: ArrayLike) -> Array:
        """Return the sigmoid of logits."""
        return F.sigmoid(jnp.asarray(outputs))

    def decide(self, predictions: np.ndarray, thresholds: ArrayLike = 0.5) -> np.ndarray:
        """Return which classes each example shows, ``(N, K)`` bool."""
        return np.asarray(predictions) >= np.asarray(thresholds)

    def top_classes(
        self,
        predictions: np.ndarray,
        names: Sequence[str],
        *,
        top: int | None = None,
        thresholds: ArrayLike = 0.5,
    ) -> list[tuple[str, float]]:
        if top is None:
            return most_probable(predictions, names, lowest=thresholds)
        return most_probable(predictions, names, top=top)

    def scores(self, outputs: ArrayLike, labels: ArrayLike) -> MultilabelScores:
        """Return macro and micro F1 (with thresholds of 0.5), mAP and AUC."""
        return MultilabelScores.of(self.predictions(outputs), labels)

    def results(
        self, outputs: np.ndarray, labels: np.ndarray, names: Sequence[str]
    ) -> dict[str, Any]:
        """Return `MultilabelScores`, and the F1 score and average precision of each label."""
        likely = np.asarray(self.predictions(outputs))
        f1 = F.multilabel_precision_recall_f1(
            F.multilabel_confusion_matrix(self.decide(likely), labels)
        ).f1
        precisions = F.average_precision(likely, labels)
        return {
            **dataclasses.asdict(self.scores(outputs, labels)),
            "f1": dict(zip(names, f1.tolist(), strict=True)),
            "average_precision": dict(zip(names, precisions.tolist(), strict=True)),
        }


@functools.cache
def _smoothed_sigmoid(label_smoothing: float) -> Loss:
    loss = F.multilabel_cross_entropy
    return functools.partial(loss, label_smoothing=label_smoothing) if label_smoothing else loss
