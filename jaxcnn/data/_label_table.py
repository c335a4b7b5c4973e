"""The number of examples per class of a labeled set, or the range per target, as a table."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from jaxcnn._support.notebooks import Block, html_of
from jaxcnn._support.tables import Table
from jaxcnn.data.tasks._task import Task


class Labeled(Protocol):
    """A labeled set, in memory or in files."""

    def __len__(self) -> int: ...

    @property
    def labels(self) -> np.ndarray: ...

    @property
    def class_names(self) -> tuple[str, ...]: ...

    @property
    def class_counts(self) -> np.ndarray: ...

    @property
    def task(self) -> Task: ...


def label_rows(dataset: Labeled) -> Iterator[Mapping[str, Any]]:
    """Yield one row per class, with its number of examples; for a regression, one per target."""
    if dataset.task.has_classes:
        counts = dataset.class_counts.tolist()
        for name, count in zip(dataset.class_names, counts, strict=True):
            yield {"class": name, "examples": count}
        return
    labels = dataset.labels.reshape(len(dataset), -1)
    for name, numbers in zip(dataset.class_names, labels.T, strict=True):
        yield {
            "number": name,
            "lowest": float(numbers.min()),
            "highest": float(numbers.max()),
            "mean": float(numbers.mean()),
            "standard_deviation": float(numbers.std()),
        }


def blocks_of(dataset: Labeled) -> Sequence[Block]:
    """Return a paragraph that describes a labeled set, and the table of its labels."""
    return [repr(dataset), *([Table.of(label_rows(dataset))] if len(dataset) else [])]


def html_of_splits(train: Labeled, test: Labeled) -> str:
    """Return two sets as HTML, for notebooks: one table with the examples of both per class."""
    if not (train.task.has_classes and test.task.has_classes):
        return html_of([*blocks_of(train), *blocks_of(test)])
    counts = {"train": _counts(train), "test": _counts(test)}
    names = dict.fromkeys([*train.class_names, *test.class_names])
    rows = [
        {"class": name, **{part: of.get(name) for part, of in counts.items()}} for name in names
    ]
    return html_of([f"train: {train!r}\ntest: {test!r}", Table.of(rows)])


def _counts(dataset: Labeled) -> dict[str, int]:
    return dict(zip(dataset.class_names, dataset.class_counts.tolist(), strict=True))
