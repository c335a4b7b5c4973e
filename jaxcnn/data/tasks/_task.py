"""The interface of a task: everything that depends on what the labels mean."""

import abc
import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jax import Array
from numpy.typing import ArrayLike, DTypeLike

if TYPE_CHECKING:
    from jaxcnn.data.tasks._regression import RegressionScores

Loss = Callable[[Array, Array], Array]
"""`loss(outputs, labels)`: outputs `(N, K)` and the labels of N examples, to one loss per example,
`(N,)`."""


class Task(abc.ABC):
    """What the labels of a data set mean, and so what the K outputs of a network mean.

    Tasks are frozen dataclasses of plain values, which hash and compare equal, so that they can be
    static arguments of `jax.jit`. They hold no arrays.

    Attributes:
        label_dtype: The dtype of labels in a data set.
        has_classes: Whether the outputs are classes, with probabilities; else they are numbers.
        has_thresholds: Whether answers depend on thresholds of the probabilities.
        outputs_in_words: What the outputs are, in messages.
    """

    label_dtype: ClassVar[DTypeLike]
    has_classes: ClassVar[bool] = True
    has_thresholds: ClassVar[bool] = False
    outputs_in_words: ClassVar[str] = "classes"

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """The task in files, such as `"single"`; `task_by_name` finds it again."""

    @property
    def measure(self) -> str:
        """The mean of `marks`, in words."""
        return "accuracy"

    # On the host: labels in NumPy arrays, before anything is compiled.

    @abc.abstractmethod
    def label_shape(self, outputs: int) -> tuple[int, ...]:
        """Return the shape of one example's label, for a network with so many outputs."""

    @abc.abstractmethod
    def check_labels(
        self, labels: ArrayLike, *, examples: int, outputs: int, name: str = "labels"
    ) -> np.ndarray:
        """Return labels in the one form that data sets hold.

        Args:
            labels: The labels of a data set.
            examples: How many there must be.
            outputs: The number of classes, or of numbers to predict.
            name: What error messages call the labels.

        Returns:
            `(examples, *label_shape(outputs))` of `label_dtype`.

        Raises:
            TypeError: If the dtype is wrong.
            ValueError: If the shape or a value is wrong.
        """

    def settle_names(self, names: Sequence[str] | None, labels: ArrayLike) -> tuple[str, ...]:
        """Return one name for each output.

        Args:
            names: As a caller gives them; None where they may be left out, as for numbers.
            labels: Of the data set, not yet checked.

        Raises:
            ValueError: If there are none, or two are equal.
        """
        listed = () if names is None or not np.iterable(names) else tuple(map(str, names))
        if not listed or isinstance(names, str):
            what = "class" if self.has_classes else "number to predict"
            raise ValueError(f"class_names: expected one name for each {what}, got {names!r}")
        for name, next_name in itertools.pairwise(sorted(listed)):
            if name == next_name:
                raise ValueError(f"class_names: expected distinct names, got {name!r} twice")
        return listed

    def describe(self, names: Sequence[str]) -> str:
        """Return what the labels of a set are, in a few words, from the names of the outputs."""
        return f"{len(names)} classes"

    @abc.abstractmethod
    def members(self, labels: np.ndarray, output: int) -> np.ndarray:
        """Return which examples show a class, `(N,)` bool.

        Raises:
            ValueError: If the task has no classes.
        """

    def classes_of(self, label: np.ndarray) -> np.ndarray:
        """Return the numbers of the classes that one example shows, from its label."""
        return np.atleast_1d(label)

    @abc.abstractmethod
    def strata(self, labels: np.ndarray) -> np.ndarray:
        """Return the stratum of each example, `(N,)` integers, for draws that keep proportions."""

    @abc.abstractmethod
    def count_classes(self, labels: np.ndarray, outputs: int) -> np.ndarray:
        """Return the number of examples of each class, `(outputs,)` int64.

        Raises:
            ValueError: If the task has no classes.
        """

    @abc.abstractmethod
    def chance_loss(self, labels: np.ndarray, outputs: int) -> float:
        """Return the mean default loss by chance, which a trained network should be below.

        Args:
            labels: Of a data set.
            outputs: The number of classes, or of numbers to predict.
        """

    # In compiled steps: outputs `(N, outputs)` and labels in JAX arrays.

    @abc.abstractmethod
    def default_loss(self, label_smoothing: float = 0.0) -> Loss:
        """Return the loss that is trained and evaluated with where no other is asked for.

        Equal arguments give the same function, so that what was compiled with it is found again.

        Raises:
            ValueError: If the task has no classes and `label_smoothing` is not 0.
        """

    @abc.abstractmethod
    def correct(self, outputs: Array, labels: Array) -> Array | None:
        """Return which examples are answered right, `(N,)` bool; None where none can be."""

    @abc.abstractmethod
    def predictions(self, outputs: ArrayLike) -> Array:
        """Return what a network predicts: probabilities, or the numbers themselves, `(N, K)`."""

    def mixed_losses(
        self, loss: Loss, outputs: Array, labels: Array, others: Array, share: Array
    ) -> Array:
        """Return the losses `(N,)` of examples that two were mixed into, as by `mixup`.

        Args:
            loss: The loss per example.
            outputs: `(N, K)`.
            labels: Of the first examples.
            others: The labels of the second ones.
            share: `(N,)`, the share of the first, 0 to 1.
        """
        return share * loss(outputs, labels) + (1 - share) * loss(outputs, others)

    # Answers to a caller, and how good they are, on the host.

    def marks(self, predictions: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return how good each prediction is, `(N,)`: 1 where it is right and 0 elsewhere.

        Args:
            predictions: `(N, K)`, as `predictions` returns them.
            labels: Of these examples.
        """
        answers = self.decide(predictions)
        return (answers == labels).reshape(len(labels), -1).all(axis=1).astype(np.float64)

    def scores(self, outputs: ArrayLike, labels: ArrayLike) -> "RegressionScores | None":
        """Return how far predicted numbers are from the labels; None of classes."""
        del outputs, labels
        return None

    def results(
        self, outputs: np.ndarray, labels: np.ndarray, names: Sequence[str]
    ) -> dict[str, Any]:
        """Return what a test result holds besides loss and accuracy, as plain data.

        Args:
            outputs: `(N, K)`, of a network for all examples of a test set.
            labels: Theirs.
            names: One for each output.
        """
        del outputs, labels, names
        return {}

    @abc.abstractmethod
    def decide(self, predictions: np.ndarray, thresholds: ArrayLike = 0.5) -> np.ndarray:
        """Return answers in the form of labels, from `predictions` `(N, K)`.

        Args:
            predictions: As `predictions` returns them.
            thresholds: Multilabel only: from which probability on an example has a label, one
                for all or `(K,)`.
        """

    @abc.abstractmethod
    def named(
        self,
        predictions: np.ndarray,
        names: Sequence[str],
        *,
        top: int | None = None,
        thresholds: ArrayLike = 0.5,
    ) -> list[tuple[str, float]]:
        """Name the answer for one example.

        Args:
            predictions: `(K,)`, of one example.
            names: One for each output.
            top: How many classes to name, the most probable first; None: the 3 most probable,
                multilabel all labels that the example has. Of numbers, all are named.
            thresholds: Multilabel only, where `top` is None; see `decide`.

        Returns:
            Names with probabilities, or with numbers.
        """


def most_probable(
    probabilities: np.ndarray,
    names: Sequence[str],
    *,
    top: int | None = None,
    lowest: ArrayLike = 0.0,
) -> list[tuple[str, float]]:
    """Name classes in descending order of probability; of equal ones the lower number is first.

    Args:
        probabilities: `(K,)`.
        names: One for each class.
        top: No more than so many; None: all.
        lowest: Only those at least as probable, one number for all or `(K,)`.

    Example:
        >>> most_probable(np.array([0.15, 0.8, 0.05]), ["dog", "cat", "bird"], top=2)
        [('cat', 0.8), ('dog', 0.15)]
    """
    order = np.argsort(-probabilities, kind="stable")
    shown = order[(probabilities >= np.asarray(lowest))[order]][:top]
    return [(str(names[label]), float(probabilities[label])) for label in shown]


def first_index(mask: np.ndarray) -> tuple[int, ...]:
    """Return where the first True of a mask is, for an error message."""
    return tuple(int(i) for i in np.unravel_index(np.argmax(mask), mask.shape))
