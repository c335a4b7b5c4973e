"""The part of labeled sets that does not depend on where their inputs are."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Shown
from jaxcnn.data._folds import Fold, Folds, check_fraction, draw_share, fold_of_each
from jaxcnn.data._label_table import blocks_of
from jaxcnn.data.pictures._preprocessing import Preprocessing
from jaxcnn.data.tasks._classification import Multilabel
from jaxcnn.data.tasks._task import Task


class LabeledSet(Shown):
    """Labeled examples: the part that does not depend on where the inputs are.

    Attributes:
        labels: The labels in the form of the task.
        class_names: One name per class, or per target of a regression.
        name: Name of the data in reports and plots.
        task: What labels mean.
        weights: How much each example counts in the loss of training; None: all count equally.
        preprocessing: How images are resized and cropped from pictures; None: jaxcnn's own way.
    """

    labels: np.ndarray
    class_names: tuple[str, ...]
    name: str
    task: Task
    weights: np.ndarray | None
    preprocessing: Preprocessing | None

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, indices: ArrayLike) -> Self:
        """Return the examples at `indices`: integers, or a boolean mask of shape ``(N,)``."""
        raise NotImplementedError

    @property
    def multilabel(self) -> bool:
        """True if an example may show any number of the classes, from none to all."""
        return self.task == Multilabel()

    @property
    def num_classes(self) -> int:
        """The number of classes, even if some have no examples; or the number of targets."""
        return len(self.class_names)

    @property
    def class_counts(self) -> np.ndarray:
        """The number of examples per class, ``(num_classes,)`` int64; a regression has none."""
        return self.task.count_classes(self.labels, self.num_classes)

    def match_classes(self, class_names: Sequence[str]) -> Self:
        """Renumber the classes, or reorder the targets, to match another set or network.

        Use it where two lists of the same names differ in order:
        ``run.evaluate(test.match_classes(run.class_names))``.

        Args:
            class_names: The new names. For single labels, they must contain all classes that have
                examples in this set. For a multilabel set or a regression, they must be the names
                of this set, in any order.

        Returns:
            The set with the new names, and with labels renumbered to match.

        Raises:
            ValueError: If a name is missing, or two are equal.

        Example:
            >>> from jaxcnn.data import Dataset
            >>> data = Dataset(np.zeros((3, 8, 8, 1), np.uint8), [0, 1, 1], ("cat", "dog"))
            >>> data.match_classes(("bird", "dog", "cat")).labels.tolist()
            [2, 1, 1]
        """
        names = self.task.settle_names(class_names, self.labels)
        labels = self.task.renumber(self.labels, self.class_names, names)
        return self._replaced(labels=labels, class_names=names)

    def split(self, fraction: float, *, seed: int = 0) -> Fold[Self]:
        """Split the set at random into examples to train on and examples to validate on.

        The split is stratified: the same fraction of each class is drawn, at least one example but
        not all. A multilabel set or a regression is split as a whole.

        Args:
            fraction: The fraction to validate on, above 0 and below 1.
            seed: Seed of the draw, in [0, 2**32).

        Returns:
            A `Fold`, a pair of sets: `train` and `validation`.

        Raises:
            ValueError: If `fraction` is out of range, or no class has two examples.

        Example:
            >>> from jaxcnn.data import digits
            >>> train, validation = digits().train.split(0.1)
            >>> len(train), len(validation)
            (1295, 142)
        """
        check_fraction(fraction)
        drawn = draw_share(self.task, self.labels, fraction, seed)
        if not drawn.any():
            raise ValueError(
                f"fraction: expected a set with two examples of a class, got {len(self)} examples"
            )
        return Fold(self.subset(~drawn), self.subset(drawn))

    def folds(self, folds: int = 5, *, seed: int = 0) -> Sequence[Fold[Self]]:
        """Split the set into k folds for cross-validation; each example is validated on once.

        The folds are stratified: the classes have the same shares in all of them, as in
        scikit-learn's ``StratifiedKFold``. A multilabel set or a regression is split without regard
        to its labels, as by ``KFold``. `jaxcnn.training.cross_validate` trains on the folds.

        Args:
            folds: The number of folds, at least 2.
            seed: Seed of the draw, in [0, 2**32).

        Returns:
            A sequence of one `Fold` per fold, a pair of sets: `train` and `validation`. A pair is
            made when it is taken out, so that not all copies are in memory at once.

        Raises:
            ValueError: If there are more folds than examples, or than examples of every class.

        Warns:
            UserWarning: If a class has fewer examples than there are folds.

        Example:
            >>> from jaxcnn.data import digits
            >>> [len(fold.validation) for fold in digits().train.folds(5)]
            [288, 288, 287, 287, 287]
        """
        numbers = fold_of_each(self.task, self.labels, folds, seed)
        return Folds(
            lambda fold: Fold(self.subset(numbers != fold), self.subset(numbers == fold)), folds
        )

    def _replaced(self, **fields: Any) -> Self:
        """Return a copy with other values of some fields."""
        # All sets are dataclasses.
        return dataclasses.replace(self, **fields)  # pyright: ignore[reportArgumentType, reportType]

    def _blocks(self) -> Iterable[Block]:
        return blocks_of(self)
