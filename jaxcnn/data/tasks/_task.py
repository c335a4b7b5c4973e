"""The interface of a task: everything that depends on what the labels mean."""

import abc
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from jax import Array
from numpy.typing import ArrayLike, DTypeLike

from jaxcnn._support.names import as_names, difference, places

Loss = Callable[[Array, Array], Array]
"""A function `loss(outputs, labels)`: from outputs ``(N, K)`` and the labels of N examples to one
loss per example, ``(N,)``."""


class Task(abc.ABC):
    """The meaning of a data set's labels, and so of the K outputs of a network.

    Tasks are frozen dataclasses of plain values, and contain no arrays. Two equal tasks have the
    same hash, so that a task can be a static argument of `jax.jit`.

    Attributes:
        label_dtype: The dtype of labels in a data set.
        has_classes: Whether the outputs are classes, with probabilities; otherwise the outputs are
            numbers.
        has_thresholds: Whether decisions depend on thresholds of the probabilities.
        outputs_in_words: What messages call the outputs, such as ``"classes"``.
        text_hint: What an error adds for labels that are text.
    """

    label_dtype: ClassVar[DTypeLike]
    has_classes: ClassVar[bool] = True
    has_thresholds: ClassVar[bool] = False
    outputs_in_words: ClassVar[str] = "classes"
    text_hint: ClassVar[str] = ""

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """The name of the task in files, such as ``"single"``; `task_by_name` takes this name."""

    @property
    def measure(self) -> str:
        """The name of the mean of `marks`, such as ``"accuracy"``."""
        return "accuracy"

    # On the host, before anything is compiled: labels in NumPy arrays.

    @abc.abstractmethod
    def label_shape(self, outputs: int) -> tuple[int, ...]:
        """Return the shape of one example's label, for a network with `outputs` outputs."""

    @abc.abstractmethod
    def check_labels(
        self, labels: ArrayLike, *, examples: int, outputs: int, name: str = "labels"
    ) -> np.ndarray:
        """Check labels, and convert them to the form in which data sets store them.

        Args:
            labels: The labels of a data set.
            examples: The expected number of examples.
            outputs: The number of classes, or of numbers to predict.
            name: Name of the labels in error messages.

        Returns:
            ``(examples, *label_shape(outputs))`` of `label_dtype`.

        Raises:
            TypeError: If the dtype is wrong.
            ValueError: If the shape or a value is wrong.
        """

    def check_unnamed(self, labels: np.ndarray, *, name: str) -> None:
        """Raise for labels that are wrong whatever the class names are, which a caller forgot.

        Otherwise, an error about missing names would hide the worse fault.
        """
        del labels, name

    def settle_names(self, names: Sequence[str] | None, labels: ArrayLike) -> tuple[str, ...]:
        """Return one name per output.

        Args:
            names: The names that the caller gave; None if the caller gave no names. A regression
                needs no names.
            labels: The labels of the data set, not yet checked.

        Raises:
            TypeError: If the names have no order, as in a set, or a name is neither text nor a
                number.
            ValueError: If there are no names, or two are equal.
        """
        is_list = np.iterable(names) and not isinstance(names, str | bytes)
        listed = as_names("class_names", names) if is_list else ()
        if not listed:
            what = "class" if self.has_classes else "number to predict"
            hint = " (name them in the order of the labels, such as class_names=range(K))"
            shown = hint if names is None else ""
            raise ValueError(f"class_names: expected one name per {what}, got {names!r}{shown}")
        return listed

    def are_named(self, names: Sequence[str]) -> bool:
        """Return whether a caller gave these names; default names are not compared with others."""
        return True

    @abc.abstractmethod
    def renumber(
        self, labels: np.ndarray, names: Sequence[str], new_names: Sequence[str]
    ) -> np.ndarray:
        """Return labels that number the classes by `new_names` instead of `names`.

        Raises:
            ValueError: If a class that the labels need is not among the new names.
        """

    def describe(self, names: Sequence[str]) -> str:
        """Describe the labels of a set in a few words, from the names of the outputs."""
        return f"{len(names)} classes"

    @abc.abstractmethod
    def members(self, labels: np.ndarray, output: int) -> np.ndarray:
        """Return which examples show a class, ``(N,)`` bool.

        Raises:
            ValueError: If the task has no classes.
        """

    def classes_of(self, label: np.ndarray) -> np.ndarray:
        """Return the indices of the classes that one example shows, from its label."""
        return np.atleast_1d(label)

    @abc.abstractmethod
    def strata(self, labels: np.ndarray) -> np.ndarray:
        """Return one group per example, ``(N,)``; random splits keep the groups' proportions."""

    @abc.abstractmethod
    def count_classes(self, labels: np.ndarray, outputs: int) -> np.ndarray:
        """Return the number of examples per class, ``(outputs,)`` int64.

        Raises:
            ValueError: If the task has no classes.
        """

    @abc.abstractmethod
    def chance_loss(self, labels: np.ndarray, outputs: int) -> float:
        """Return the mean default loss of guessing; a trained network should have a lower loss.

        Args:
            labels: The labels of a data set.
            outputs: The number of classes, or of numbers to predict.
        """

    # In compiled steps: outputs ``(N, outputs)`` and labels in JAX arrays.

    @abc.abstractmethod
    def default_loss(self, label_smoothing: float = 0.0) -> Loss:
        """Return the loss for training and evaluation if the caller passes no loss.

        Equal arguments return the same function, so that JAX compiles a program with it only once.

        Raises:
            ValueError: If the task has no classes and `label_smoothing` is not 0.
        """

    @abc.abstractmethod
    def correct(self, outputs: Array, labels: Array) -> Array | None:
        """Return which examples are right, ``(N,)`` bool; None if the task has no right answers.

        An example with an output that is NaN is never right.
        """

    @abc.abstractmethod
    def predictions(self, outputs: ArrayLike) -> Array:
        """Return what a network predicts: probabilities, or the numbers themselves, ``(N, K)``."""

    def mixed_losses(
        self, loss: Loss, outputs: Array, labels: Array, others: Array, share: Array
    ) -> Array:
        """Return the losses ``(N,)`` of examples that were mixed from two examples, as by `mixup`.

        Args:
            loss: The loss per example.
            outputs: ``(N, K)``.
            labels: The labels of the first examples.
            others: The labels of the second examples.
            share: The weight of the first example, ``(N,)``, from 0 to 1.
        """
        return share * loss(outputs, labels) + (1 - share) * loss(outputs, others)

    # On the host, after a network has run: decisions, and how good they are.

    def marks(self, predictions: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the score of each prediction, ``(N,)``: 1 if it is right, 0 if it is wrong or NaN.

        Args:
            predictions: ``(N, K)``, as `predictions` returns them.
            labels: The labels of the same examples.
        """
        answers = self.decide(predictions)
        right = (answers == labels).reshape(len(labels), -1).all(axis=1)
        return (right & ~np.isnan(predictions).any(axis=1)).astype(np.float64)

    def scores(self, outputs: ArrayLike, labels: ArrayLike) -> Any:
        """Return scores of a network's outputs besides loss and accuracy; None if it has none."""
        del outputs, labels
        return None

    def results(
        self, outputs: np.ndarray, labels: np.ndarray, names: Sequence[str]
    ) -> dict[str, Any]:
        """Return the entries of a test result besides loss and accuracy, as plain data.

        Args:
            outputs: ``(N, K)``, the outputs of a network for all examples of a test set.
            labels: The labels of the test set.
            names: One name per output.
        """
        del outputs, labels, names
        return {}

    @abc.abstractmethod
    def decide(self, predictions: np.ndarray, thresholds: ArrayLike = 0.5) -> np.ndarray:
        """Turn predictions ``(N, K)`` into decisions in the form of labels.

        Args:
            predictions: ``(N, K)``, as the method `predictions` returns them.
            thresholds: Multilabel only: a class is predicted if its probability is at least the
                threshold. One threshold for all classes, or ``(K,)``.
        """

    @abc.abstractmethod
    def top_classes(
        self,
        predictions: np.ndarray,
        names: Sequence[str],
        *,
        top: int | None = None,
        thresholds: ArrayLike = 0.5,
    ) -> list[tuple[str, float]]:
        """Return the most probable classes of one example, or its predicted numbers, by name.

        Args:
            predictions: ``(K,)``, of one example.
            names: One name per output.
            top: Number of classes, the most probable first. None means 3, or for multilabel all
                classes that reach their threshold. A regression returns all numbers.
            thresholds: Multilabel only, if `top` is None: a class is returned if its probability is
                at least the threshold. One threshold for all classes, or ``(K,)``.

        Returns:
            Pairs of a name and a probability; for a regression, pairs of a name and a number.
        """


def most_probable(
    probabilities: np.ndarray,
    names: Sequence[str],
    *,
    top: int | None = None,
    lowest: ArrayLike = 0.0,
) -> list[tuple[str, float]]:
    """Return the most probable classes with their probabilities, in descending order.

    Of equally probable classes, the lower class number is first.

    Args:
        probabilities: ``(K,)``.
        names: One name per class.
        top: The largest number of classes to return; None means all.
        lowest: The lowest probability to return, one number for all classes or ``(K,)``.

    Example:
        >>> most_probable(np.array([0.15, 0.8, 0.05]), ["dog", "cat", "bird"], top=2)
        [('cat', 0.8), ('dog', 0.15)]
    """
    order = np.argsort(-probabilities, kind="stable")
    shown = order[(probabilities >= np.asarray(lowest))[order]][:top]
    return [(str(names[label]), float(probabilities[label])) for label in shown]


def reorder_columns(
    labels: np.ndarray, names: Sequence[str], new_names: Sequence[str]
) -> np.ndarray:
    """Return labels ``(N, K)`` with their columns in the order of new names.

    Raises:
        ValueError: If the new names are not the same names in some order.
    """
    if set(names) != set(new_names) and (lists := difference(names, new_names)):
        raise ValueError(f"class_names: expected {lists[0]} in any order, got {lists[1]}")
    return labels if labels.ndim == 1 else labels[:, places(new_names, names)]


def first_index(mask: np.ndarray) -> tuple[int, ...]:
    """Return the index of the first True in a mask, for an error message."""
    return tuple(int(i) for i in np.unravel_index(np.argmax(mask), mask.shape))
