"""Batches of labeled examples from an iterable, such as a generator or a data loader."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from jaxcnn._support.arguments import check_int
from jaxcnn.data._array_checks import Kind, check_inputs
from jaxcnn.data._dataset import Dataset
from jaxcnn.data.pictures._sequence_rows import part_of
from jaxcnn.data.tasks._by_name import as_task
from jaxcnn.data.tasks._task import Task

MAX_SKIPPED = 100
"""So many batches in a row that are smaller than the first one are an error."""


class LabeledBatches:
    """Batches of labeled examples to train on; `from_batches` makes them.

    Attributes:
        sample: The first batch, as a `Dataset`. The normalization is computed from it.
        steps_per_epoch: Number of batches that count as one epoch.
        batch_size: Number of examples per batch.
    """

    def __init__(
        self, batches: Iterable[Any], sample: Dataset, steps: int, keys: tuple[str | int, ...]
    ) -> None:
        self._batches, self._keys = batches, keys
        self.sample, self.steps_per_epoch, self.batch_size = sample, steps, len(sample)

    def __len__(self) -> int:
        return self.steps_per_epoch * self.batch_size

    @property
    def name(self) -> str:
        """Name of the data in reports and plots."""
        return self.sample.name

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield checked images and labels of full batches, again and again from the beginning.

        Raises:
            TypeError: If a batch has another dtype.
            ValueError: If a batch has another shape, wrong values or too many examples, if there
                are no more batches, or if 100 batches in a row are smaller than the first one.
        """
        for number in itertools.count():
            found = skipped = 0
            for batch in self._batches:
                images, labels = self._checked(batch)
                if len(images) == self.batch_size:
                    found, skipped = found + 1, 0
                    yield images, labels
                    continue
                skipped += 1
                if skipped == MAX_SKIPPED:
                    raise ValueError(
                        f"{self.name}: expected batches of {self.batch_size} examples, as the "
                        f"first one has, got {skipped} smaller ones in a row, the last one of "
                        f"{len(images)}"
                    )
            if not found:
                what = "batches that can be iterated over again" if number else "a batch"
                raise ValueError(
                    f"{self.name}: expected {what}, got none (pass a list, a data loader, or an "
                    "object whose __iter__ begins anew, not a generator)"
                )

    def _checked(self, batch: Any) -> tuple[np.ndarray, np.ndarray]:
        images, labels = _parts(batch, self._keys, self.sample.kind, self.name)
        expected = self.sample.images
        if images.shape[1:] != expected.shape[1:] or len(images) > self.batch_size:
            raise ValueError(
                f"{self.name}: expected batches of shape {expected.shape}, got {images.shape}"
            )
        if images.dtype != expected.dtype:
            raise TypeError(
                f"{self.name}: expected batches of {expected.dtype}, got {images.dtype}"
            )
        checked = self.sample.task.check_labels(
            labels,
            examples=len(images),
            outputs=self.sample.num_classes,
            name=f"{self.name}: labels",
        )
        return images, checked

    def __repr__(self) -> str:
        return (
            f"LabeledBatches({self.name!r}: {self.steps_per_epoch} batches per epoch of "
            f"{self.batch_size} {self.sample.kind} {self.sample.input_shape})"
        )


def from_batches(
    batches: Iterable[Any],
    class_names: Sequence[str] | None = None,
    *,
    steps_per_epoch: int | None = None,
    image: str | int = "image",
    label: str | int = "label",
    task: Task | str | None = None,
    kind: Kind = "images",
    name: str = "custom",
) -> LabeledBatches:
    """Take batches of labeled examples from an iterable, such as a generator or a data loader.

    Use it for data that cannot be read by index. For others, `from_sequence` is better: it shuffles
    them, and a training can be resumed. The iterable decides order and batch size. All batches have
    the size of the first one; smaller ones are left out. When the iterable ends, it is iterated
    over again, so that an epoch may begin in its middle.

    Args:
        batches: An iterable of pairs ``(images, labels)``, or of mappings. Images are ``(B, H, W,
            C)``, uint8 or floats in [0, 1], not normalized. Its first batch is read at once.
        class_names: One name per class, in the order of the labels. Regression: one name per
            target, or None.
        steps_per_epoch: Number of batches that count as one epoch. None means ``len(batches)``.
        image: Where a batch has its images: a name, or a position. In pairs, the first entry.
        label: Where a batch has its labels. In pairs, the second entry.
        task: What labels mean: `SingleLabel()`, `Multilabel()` or `Regression()`, or such a name
            (``"regression"``). None means one class per example.
        kind: What the inputs are: ``"images"``, ``"signals"``, ``"volumes"`` or ``"tokens"``.
        name: Name of the data in reports and plots.

    Returns:
        `LabeledBatches`, which `fit` takes as its training set.

    Raises:
        TypeError: If `batches` cannot be iterated over, or a dtype is wrong.
        ValueError: If there is no batch, `steps_per_epoch` is missing, or a shape or value is
            wrong.

    Example:
        >>> batches = [(np.zeros((4, 8, 8, 1), np.uint8), [0, 1, 1, 0])] * 3
        >>> from_batches(batches, ("cat", "dog"))
        LabeledBatches('custom': 3 batches per epoch of 4 images (8, 8, 1))
    """
    if not isinstance(batches, Iterable):
        raise TypeError(f"batches: expected an iterable of pairs, got {type(batches).__name__}")
    if steps_per_epoch is None:
        if not hasattr(batches, "__len__"):
            raise ValueError("steps_per_epoch: expected a number for batches without len, got None")
        steps_per_epoch = len(batches)  # pyright: ignore[reportArgumentType]
    check_int("steps_per_epoch", steps_per_epoch)
    iterator = iter(batches)
    first = next(iterator, None)
    if first is None:
        raise ValueError("batches: expected at least one batch, got none")
    if iterator is batches:
        batches = itertools.chain([first], iterator)
    images, labels = _parts(first, (image, label), kind, name)
    sample = Dataset(images, labels, class_names, name, task=as_task(task), kind=kind)
    return LabeledBatches(batches, sample, steps_per_epoch, (image, label))


def _parts(
    batch: Any, keys: tuple[str | int, ...], kind: Kind, name: str
) -> tuple[np.ndarray, Any]:
    images, labels = (
        part_of(batch, key, argument)
        for key, argument in zip(keys, ("image", "label"), strict=True)
    )
    return check_inputs(images, kind, name=f"{name}: {kind}"), labels
