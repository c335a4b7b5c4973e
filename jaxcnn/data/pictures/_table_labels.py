"""The labels in the rows of a table, in the form of a task."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxcnn._support.arguments import did_you_mean
from jaxcnn._support.names import composed
from jaxcnn.data._errors import DataError
from jaxcnn.data.tasks._classification import Multilabel
from jaxcnn.data.tasks._task import Task

MAX_NUMBER = float(np.finfo(np.float32).max)

# Between several labels of one image.
SEPARATOR = ";"


class Row(NamedTuple):
    """One file of a table: its path, the text of its label, and its set ("" if not given)."""

    line: int
    path: str
    label: str
    split: str


def split_labels(row: Row) -> list[str]:
    """Return the labels in the cell of a row."""
    return [name for part in row.label.split(SEPARATOR) if (name := composed(part.strip()))]


def labels_of_rows(rows: list[Row], names: Sequence[str], task: Task, table: Path) -> np.ndarray:
    """Return the labels of the rows in the form of the task, numbered by the names of classes.

    Raises:
        DataError: If a label is missing, is no number, or is not among the names.
    """
    return _class_labels(rows, names, task, table) if task.has_classes else _numbers(rows, table)


def _numbers(rows: list[Row], table: Path) -> np.ndarray:
    numbers = np.empty(len(rows), np.float32)
    for i, row in enumerate(rows):
        try:
            number = float(row.label)
        except ValueError:
            number = math.nan
        if not abs(number) <= MAX_NUMBER:
            raise DataError(
                f"{table}, line {row.line}: expected a finite number, got {row.label!r:.80}"
            )
        numbers[i] = number
    return numbers


def _class_labels(rows: list[Row], names: Sequence[str], task: Task, table: Path) -> np.ndarray:
    """Return class numbers ``(N,)``, or for multilabel ``(N, num_classes)`` of 0 and 1."""
    classes = {name: k for k, name in enumerate(names)}
    targets = np.zeros((len(rows), len(names)), np.uint8)
    multilabel = task == Multilabel()
    for target, row in zip(targets, rows, strict=True):
        labels = split_labels(row)
        if len(labels) != 1 and not multilabel:
            found = "none" if not labels else f"{row.label!r:.80}"
            raise DataError(f"{table}, line {row.line}: expected a label, got {found}")
        for name in labels:
            if name not in classes:
                raise DataError(
                    f"{table}, line {row.line}: expected a class that was trained on, got "
                    f"{name!r:.80}{did_you_mean(name, names)}"
                )
            target[classes[name]] = 1
    return targets if multilabel else targets.argmax(axis=1)
