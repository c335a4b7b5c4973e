"""A pair of arrays, ``(images, labels)``, in place of a labeled set."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from jaxcnn._support.arrays import as_array
from jaxcnn._support.warn import warn
from jaxcnn.data._array_checks import check_not_swapped
from jaxcnn.data._dataset import Dataset
from jaxcnn.data._labeled_set import LabeledSet
from jaxcnn.data.tasks._classification import SingleLabel
from jaxcnn.data.tasks._task import Task, first_index

MAX_UNNAMED = 100_000
"""Labels without names of classes may number so many classes."""

_DATASET = "jaxcnn.data.Dataset(images, labels, class_names)"


def as_labeled_set(name: str, value: Any, like: Any = None) -> Any:
    """Return the `Dataset` of a pair ``(images, labels)``; other values are returned unchanged.

    Labels are classes: integers from 0, or text. Names of classes and other tasks need a `Dataset`
    of its own.

    Args:
        name: The argument's name, for errors and as the name of the set.
        value: A pair of arrays, or a labeled set.
        like: A set or a network whose classes, task and kind the pair has; None means classes that
            are named by their numbers, or by the labels themselves if those are text.

    Raises:
        TypeError: If the dtype of an array is wrong.
        ValueError: If a shape or a value is wrong.

    Warns:
        UserWarning: If the classes have no names, and some numbers below the largest label do not
            occur.

    Example:
        >>> as_labeled_set("train", (np.zeros((3, 8, 8, 1), np.uint8), [0, 2, 1]))
        Dataset('train': 3 images (8, 8, 1) uint8, 3 classes)
    """
    if type(value) is not tuple or len(value) != 2 or isinstance(value[0], LabeledSet):
        return value
    images, labels = value
    found = text_or_numbers(f"{name}: labels", labels)
    check_not_swapped(name, images, found)
    if like is not None:
        names, numbers = numbered(f"{name}: labels", found, like.task, like.class_names)
        return Dataset(images, numbers, names, name, task=like.task, kind=like.kind)
    names, numbers = numbered(f"{name}: labels", found, SingleLabel())
    if names is None:
        names = named_by_number(f"{name}: labels", numbers, SingleLabel(), named_in=_DATASET)
    return Dataset(images, numbers, names, name)


def text_or_numbers(name: str, labels: Any) -> np.ndarray:
    """Return labels as an array of text or of numbers.

    Raises:
        ValueError: If the labels differ in shape.
    """
    try:
        return np.asarray(labels)
    except ValueError:
        return as_array(name, labels)  # which raises with a name and a hint


def named_by_number(
    name: str, labels: np.ndarray, task: Task, *, named_in: str = "class_names"
) -> tuple[str, ...] | None:
    """Return the numbers from 0 to the largest label as names of the classes.

    Args:
        name: The argument's name, for errors.
        labels: The labels.
        task: What the labels mean.
        named_in: Where the caller can name the classes, for errors: an argument, or a call.

    Returns:
        The names; None for labels that do not number one class per example.

    Raises:
        TypeError: If the labels are not integers.
        ValueError: If a shape or a label is wrong.

    Warns:
        UserWarning: If a number does not occur.

    Example:
        >>> named_by_number("labels", np.array([0, 2, 1]), SingleLabel())
        ('0', '1', '2')
    """
    if task != SingleLabel():
        return None
    task.check_unnamed(labels, name=name)
    classes, used = int(labels.max()) + 1 if labels.size else 0, np.unique(labels)
    fix = "np.unique(labels, return_inverse=True)[1] numbers those that occur from 0"
    if classes > MAX_UNNAMED:
        index = first_index(labels == classes - 1)
        raise ValueError(
            f"{name}: expected at most {MAX_UNNAMED - 1:,} without {named_in}, got "
            f"{classes - 1} at {index} ({fix})"
        )
    if classes > 2 and len(used) == classes - 1 and used[0] == 1:
        raise ValueError(
            f"{name}: expected classes numbered from 0, got all numbers from 1 to {classes - 1} "
            f"(pass labels - 1, or class_names={tuple(range(classes))!r:.40} if class 0 exists)"
        )
    if len(used) < classes:
        warn(
            f"{name}: expected all numbers from 0 to {classes - 1}, got {len(used)} of "
            f"{classes} (the other classes have no examples; {fix}, and {named_in} says that "
            "the others exist, too)"
        )
    return tuple(map(str, range(classes)))


def numbered(
    name: str, labels: np.ndarray, task: Task, class_names: Sequence[str] | None = None
) -> tuple[Sequence[str] | None, np.ndarray]:
    """Return the names of classes, and their numbers in place of labels that are text.

    Only text of one class per example is numbered; the checks of `task` refuse all other text.

    Args:
        name: The argument's name, for errors.
        labels: The labels, numbers or text.
        task: What the labels mean.
        class_names: The names of the classes; None means the labels in alphabetical order.

    Raises:
        TypeError: If some labels are missing, or some are text, and others are not.
        ValueError: If a label is none of `class_names`.
    """
    if labels.dtype.kind not in "UO" or labels.ndim != 1 or task != SingleLabel():
        return class_names, labels
    words = labels.tolist()
    others = [word for word in words if not isinstance(word, str)]
    if missing := [word for word in others if _is_missing(word)]:
        raise TypeError(
            f"{name}: expected one per example, got {missing[0]!r} (leave out examples without a "
            "label)"
        )
    if others:
        raise TypeError(f"{name}: expected numbers or text, got {others[0]!r:.60}")
    if class_names is None:
        unique, numbers = np.unique(words, return_inverse=True)
        return unique.tolist(), numbers
    place = {known: number for number, known in enumerate(class_names)}
    for word in words:
        if word not in place:
            raise ValueError(f"{name}: expected one of {tuple(place)!r:.80}, got {word!r:.60}")
    return class_names, np.array([place[word] for word in words])


def _is_missing(label: object) -> bool:
    """Return whether a label is None or, as in tables of pandas, NaN."""
    return label is None or (isinstance(label, float) and math.isnan(label))
