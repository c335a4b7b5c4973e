"""Hints for callers who pass images and labels, or something else, in place of a labeled set."""

import functools
import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from typing import ParamSpec, TypeVar, cast

from jaxcnn._support.arguments import is_number
from jaxcnn.data._dataset import Splits
from jaxcnn.data._labeled_batches import LabeledBatches
from jaxcnn.data.pictures._file_splits import FileSplits

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_ARRAYS = "images and labels go together into jaxcnn.data.Dataset(images, labels, class_names)"


def set_hint(value: object, *, part: str = "test") -> str:
    """Return the hint of an error about a value that is passed in place of a labeled set.

    Args:
        value: The value.
        part: The part of a split that the caller should pass.

    Example:
        >>> set_hint(([[0.0]], [1]))
        ' (images and labels go together into jaxcnn.data.Dataset(images, labels, class_names))'
    """
    if isinstance(value, Splits | FileSplits):
        return f" (pass its .{part})"
    if isinstance(value, str | os.PathLike):
        return " (jaxcnn.data.image_folder reads folders, jaxcnn.data.image_table CSV files)"
    if isinstance(value, type):
        return " (pass an instance)"
    if is_number(value):
        is_share = 0 < cast(float, value) < 1
        return f" (split a set first: train, validation = data.split({value}))" * is_share
    if isinstance(value, LabeledBatches):
        return " (its first batch is a Dataset: .sample)"
    if isinstance(value, tuple | list | Mapping) and not value:
        return " (it is empty)"
    is_sequence = hasattr(value, "__getitem__") and hasattr(value, "__len__")
    has_rows = isinstance(value, list) and isinstance(value[0], Mapping | tuple)
    is_other = not isinstance(value, tuple | list) and not hasattr(value, "dtype")
    if has_rows or (is_sequence and is_other):
        return " (jaxcnn.data.from_sequence takes data sets of other libraries and lists of rows)"
    if isinstance(value, Iterable) and not hasattr(value, "__getitem__"):
        return " (jaxcnn.data.from_batches takes an iterable of batches)"
    return f" ({_ARRAYS})"


def takes_one_set(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Give a function that takes a labeled set an error with a hint for ``(images, labels)``.

    Python's own error for one positional argument too many counts the arguments only.

    Example:
        >>> @takes_one_set
        ... def count(dataset):
        ...     return len(dataset)
        >>> count([0.1, 0.2], [1, 0])
        Traceback (most recent call last):
        TypeError: dataset: expected one labeled set, got several arguments (images and labels ...
    """
    positional = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]

    @functools.wraps(function)
    def checked(*values: Arguments.args, **options: Arguments.kwargs) -> Result:
        if len(values) > len(positional):
            raise TypeError(
                f"{positional[-1]}: expected one labeled set, got several arguments ({_ARRAYS})"
            )
        return function(*values, **options)

    return checked
