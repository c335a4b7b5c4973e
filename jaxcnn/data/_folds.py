"""Parts of a labeled set to train and to validate on: k folds, or one random share."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, overload

import numpy as np

from jaxcnn._support.arguments import check_int, check_number, check_seed
from jaxcnn._support.warn import warn
from jaxcnn.data.tasks._task import Task

Examples = TypeVar("Examples")


class Fold(NamedTuple, Generic[Examples]):
    """The examples to train on, and the examples to validate on."""

    train: Examples
    validation: Examples


@dataclasses.dataclass(frozen=True, eq=False)
class Folds(Sequence[Fold[Examples]]):
    """Folds that are made when they are taken out.

    Attributes:
        make: A function of the number of a fold that returns it.
        number: The number of folds.
    """

    make: Callable[[int], Fold[Examples]]
    number: int

    def __len__(self) -> int:
        return self.number

    @overload
    def __getitem__(self, index: int) -> Fold[Examples]: ...

    @overload
    def __getitem__(self, index: slice) -> "tuple[Fold[Examples], ...]": ...

    def __getitem__(self, index: Any) -> Any:
        numbers = range(self.number)[index]
        return tuple(map(self.make, numbers)) if isinstance(index, slice) else self.make(numbers)

    def __repr__(self) -> str:
        return f"Folds({self.number})"


def fold_of_each(task: Task, labels: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Return for each example the number of the fold in which it is validated on, ``(N,)``.

    The folds have as many examples of each class as those of scikit-learn's ``StratifiedKFold``:
    their sizes, and the sizes of each class in them, differ by at most one. Multilabel sets and
    regressions have no classes to balance.

    Args:
        task: What the labels mean.
        labels: The labels of the set.
        folds: The number of folds.
        seed: Seed of the draw, in [0, 2**32).

    Raises:
        ValueError: If there are fewer than two folds, more folds than examples, or more folds than
            examples of every class.
    """
    check_int("folds", folds, minimum=2)
    check_seed("seed", seed)
    _, first, numbered = np.unique(task.strata(labels), return_index=True, return_inverse=True)
    # Classes are numbered in the order of their first examples, as in scikit-learn.
    strata = first.argsort().argsort()[numbered]
    counts = np.bincount(strata)
    if folds > counts.max():
        what = "examples of the largest class" if len(counts) > 1 else "examples"
        raise ValueError(f"folds: expected at most {counts.max()}, the {what}, got {folds}")
    if counts.min() < folds:
        warn(
            f"folds: expected at least {folds} examples of each class, got {counts.min()} of the "
            "smallest one (some folds have none of it)",
        )
    in_order = np.sort(strata)
    numbers = np.empty(len(labels), np.int64)
    for stratum in range(len(counts)):
        of_folds = [(in_order[fold::folds] == stratum).sum() for fold in range(folds)]
        drawn = np.repeat(np.arange(folds), of_folds)
        numbers[strata == stratum] = np.random.default_rng([seed, stratum]).permutation(drawn)
    return numbers


def draw_share(task: Task, labels: np.ndarray, fraction: float, seed: int) -> np.ndarray:
    """Draw a fraction of each class at random, ``(N,)`` bool: at least one example, but not all."""
    check_seed("seed", seed)
    drawn = np.zeros(len(labels), bool)
    strata = task.strata(labels)
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        n_drawn = min(max(round(fraction * len(members)), 1), len(members) - 1)
        order = np.random.default_rng([seed, stratum]).permutation(members)
        drawn[order[:n_drawn]] = True
    return drawn


def check_fraction(fraction: float) -> None:
    """Raise unless a fraction is above 0 and below 1."""
    check_number("fraction", fraction, above=0, below=1)
