"""A pair of arrays, ``(images, labels)``, in place of a labeled set."""

from typing import Any

import numpy as np

from jaxcnn._support.arrays import as_array
from jaxcnn.data._dataset import Dataset
from jaxcnn.data._labeled_set import LabeledSet


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

    Example:
        >>> as_labeled_set("train", (np.zeros((3, 8, 8, 1), np.uint8), [0, 2, 1]))
        Dataset('train': 3 images (8, 8, 1) uint8, 3 classes)
    """
    if type(value) is not tuple or len(value) != 2 or isinstance(value[0], LabeledSet):
        return value
    images, labels = value
    found = text_or_numbers(f"{name}: labels", labels)
    if like is not None:
        names = like.class_names
        if found.dtype.kind == "U":
            labels = _numbers_of(name, found, names)
        return Dataset(images, labels, names, name, task=like.task, kind=like.kind)
    names = None
    if found.dtype.kind == "U" and found.ndim == 1:
        unique, labels = np.unique(found, return_inverse=True)
        names = unique.tolist()
    elif np.issubdtype(found.dtype, np.integer) and found.ndim == 1 and found.size:
        names = tuple(map(str, range(int(as_array(f"{name}: labels", labels).max()) + 1)))
    return Dataset(images, labels, names, name)


def text_or_numbers(name: str, labels: Any) -> np.ndarray:
    """Return labels as an array of text or of numbers.

    Raises:
        ValueError: If the labels differ in shape.
    """
    try:
        return np.asarray(labels)
    except ValueError:
        return as_array(name, labels)  # which raises with a name and a hint


def _numbers_of(name: str, labels: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    unknown = sorted(set(labels.ravel().tolist()) - set(names))
    if unknown:
        raise ValueError(f"{name}: labels: expected one of {names!r:.80}, got {unknown[0]!r:.60}")
    return np.array([names.index(label) for label in labels.ravel().tolist()])
