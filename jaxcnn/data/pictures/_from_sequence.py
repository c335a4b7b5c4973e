"""`from_sequence`: take the data sets of other libraries."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arguments import per_axis
from jaxcnn._support.arrays import as_array
from jaxcnn.data._array_checks import RANKS, Kind, check_weights
from jaxcnn.data._batching import evenly_spaced
from jaxcnn.data._from_arrays import named_by_number, numbered, text_or_numbers
from jaxcnn.data.pictures._labeled_sequence import LabeledSequence, check_source, check_threads
from jaxcnn.data.pictures._preprocessing import Preprocessing, check_preprocessing
from jaxcnn.data.pictures._sequence_rows import (
    check_pair,
    check_row_shape,
    input_of,
    naming,
    part_of,
    shape_in,
)
from jaxcnn.data.tasks._by_name import as_task
from jaxcnn.data.tasks._task import Task

LOOKED_AT = 16
"""So many rows are looked at beforehand, if the sequence is neither a list nor read whole."""

Shapes = Mapping[int, tuple[int, ...] | None]
"""The shapes of the inputs in rows that were looked at; None if one is not known."""


def from_sequence(
    source: Any,
    *,
    image: str | int = "image",
    label: str | int = "label",
    class_names: Sequence[str] | None = None,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    labels: ArrayLike | None = None,
    task: Task | str | None = None,
    kind: Kind = "images",
    name: str = "custom",
    weights: ArrayLike | None = None,
    threads: int | None = None,
    preprocessing: Preprocessing | None = None,
) -> LabeledSequence:
    """Take labeled examples from any sequence with ``len`` and ``[]``, such as a Hugging Face set.

    The data sets of Hugging Face and torchvision, the data sources of Grain, and lists are such
    sequences; those of TensorFlow Datasets should be, and are not tested. Their rows are mappings,
    such as ``{"image": ..., "label": ...}``, or pairs ``(image, label)``. Images are Pillow's
    images, or arrays ``(H, W)`` or ``(H, W, C)``, uint8 or floats in [0, 1].

    Examples are read during training, batch by batch, each by its index. So a training can be
    resumed, and depends only on its seed. If the examples fit in memory, and reading them takes
    long, call ``from_sequence(...).load()``. Sizes and colors are looked at beforehand: in all rows
    of a list, or if the rows are read for their labels; else in 16 of them.

    Args:
        source: The sequence. Of a set with several parts, pass one, such as ``dataset["train"]``.
        image: Where a row has its image: a name, or a position. In pairs, it is the first entry.
        label: Where a row has its label. In pairs, it is the second entry. With the default, a list
            `targets` of the sequence, as torchvision's sets have, is taken.
        class_names: One name per class, in the order of the labels. None means the names that the
            sequence has, as Hugging Face's `ClassLabel` and torchvision's `classes`; else labels
            that are text, in alphabetical order; else the numbers from 0 to the largest label.
        size: Height and width to which images are resized, and cropped to their center. None means
            that all images have the size of the first one.
        channels: 3 for color, which gray images are converted to, or 1 for gray, which drops
            colors. None means 3 if an image that is looked at has colors, else 1. An image in color
            that is found later is then an error.
        labels: All labels, ``(N,)``. None means that they are read from the rows. If the sequence
            has no column or list of labels, each row is read once for this, with its image.
        task: What labels mean: `SingleLabel()`, `Multilabel()` or `Regression()`, or such a name
            (``"regression"``). None means one class per example.
        kind: What the inputs are: ``"images"``, ``"signals"``, ``"volumes"`` or ``"tokens"``.
        name: Name of the data in reports and plots.
        weights: How much each example counts in the loss of training, ``(N,)``.
        threads: Number of threads that read the sequence; 1 if it must not be read by several
            threads. None means one thread per core.
        preprocessing: How images are resized to `size` and cropped instead, such as
            ``net.preprocessing`` of a pretrained network.

    Returns:
        A `LabeledSequence`, which training and evaluation take.

    Raises:
        TypeError: If `source` is not a sequence of mappings or pairs, or a dtype is wrong.
        ValueError: If a row has no such image or label, or a label or a shape is wrong.

    Warns:
        UserWarning: If the names of the classes are not known, and some numbers below the largest
            label do not occur.

    Example:
        >>> rows = [{"image": np.full((8, 8), 30 * n, np.uint8), "label": n % 2} for n in range(8)]
        >>> data = from_sequence(rows, class_names=("even", "odd"))
        >>> data
        LabeledSequence('custom': 8 images (8, 8, 1) of list, 2 classes)
    """
    check_source(source)
    check_threads(threads)
    check_preprocessing(preprocessing)
    if preprocessing is not None and size is None:
        raise ValueError("size: expected (height, width) to use `preprocessing`, got None")
    meaning = as_task(task)
    with naming(f"{name}[0]"):
        row = source[0]
    check_pair(row, image, label, kind)
    first = input_of(row, image, kind, f"{name}[0]")
    if labels is None:
        labels = _listed_labels(source, label)
    shapes, read = _look_at(source, row, image, label if labels is None else None, kind, name)
    found = text_or_numbers(f"{name}: labels", read if labels is None else labels)
    if found.ndim and len(found) != len(source):
        raise ValueError(f"{name}: labels: expected {len(source)}, one per image, got {len(found)}")
    names = class_names
    if names is None and meaning.has_classes and found.dtype.kind not in "UO":
        names = _names_of(source, label)
    names, checked = _settled(f"{name}: labels", found, len(source), meaning, names)
    if weights is not None:
        weights = check_weights(weights, len(source), name=f"{name}: weights")
    input_shape = _input_shape(first, kind, size, channels, shapes)
    _check_shapes(shapes, input_shape, kind, name, resizes=size is not None)
    return LabeledSequence(
        source,
        np.arange(len(source)),
        checked,
        names,
        input_shape,
        first.dtype,
        image,
        name,
        meaning,
        kind,
        threads,
        size is not None,
        weights,
        drops_colors=channels == 1,
        preprocessing=preprocessing,
    )


def _settled(
    name: str, labels: np.ndarray, examples: int, task: Task, names: Sequence[str] | None
) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of the classes, and the checked labels in the form of the task."""
    names, numbers = numbered(name, labels, task, names)
    numbers = as_array(name, numbers, text_hint=task.text_hint)
    if names is None:
        names = named_by_number(name, numbers, task)
    settled = task.settle_names(names, numbers)
    return settled, task.check_labels(numbers, examples=examples, outputs=len(settled), name=name)


def _listed_labels(source: Any, label: str | int) -> Any:
    """Return all labels from a column or a list of the sequence; None if it has none."""
    if hasattr(source, "column_names") and label in source.column_names:  # Hugging Face
        return source[label]
    targets = getattr(source, "targets", None)  # torchvision
    is_changed = label != "label" or getattr(source, "target_transform", None) is not None
    is_complete = targets is not None and len(targets) == len(source)
    return targets if is_complete and not is_changed else None


def _look_at(
    source: Any,
    first: Any,
    image: str | int,
    label: str | int | None,
    kind: Kind,
    name: str,
) -> tuple[Shapes, list[Any]]:
    """Return the shapes of inputs, and the labels of all rows; none if `label` is None.

    Row 0 is `first`, so that it is not read again.
    """
    shapes, labels = {}, []
    is_whole = label is not None or isinstance(source, list | tuple)
    for index in evenly_spaced(len(source), len(source) if is_whole else LOOKED_AT).tolist():
        with naming(f"{name}[{index}]"):
            row = source[index] if index else first
            shapes[index] = shape_in(row, image, kind)
            if label is not None:
                labels.append(part_of(row, label, "label"))
    return shapes, labels


def _names_of(source: Any, label: str | int) -> Sequence[str] | None:
    """Return the class names that a sequence has, in the manner of its library."""
    features = getattr(source, "features", None)  # Hugging Face
    if isinstance(features, Mapping) and label in features:
        feature = features[label]
        return getattr(getattr(feature, "feature", feature), "names", None)
    names = getattr(source, "classes", None)  # torchvision
    if names is None:
        return None
    # In its ImageNet, a class has several names.
    return [", ".join(name) if isinstance(name, tuple) else name for name in names]


def _input_shape(
    first: np.ndarray,
    kind: Kind,
    size: tuple[int, int] | None,
    channels: int | None,
    shapes: Shapes,
) -> tuple[int, ...]:
    if kind != "images":
        if size is not None or channels is not None:
            name, value = ("size", size) if size is not None else ("channels", channels)
            raise ValueError(f"{name}: expected None for {kind}, got {value}")
        return first.shape
    if channels not in (None, 1, 3):
        raise ValueError(f"channels: expected 1 (gray) or 3 (color), got {channels}")
    if first.ndim != RANKS[kind] - 1:
        raise ValueError(f"image: expected shape (H, W) or (H, W, C), got {first.shape}")
    height, width = first.shape[:2] if size is None else per_axis("size", size, 2)
    found = {first.shape[2], *(shape[2] for shape in shapes.values() if shape is not None)}
    own = 3 if found & {3, 4} else first.shape[2]  # without transparency
    return height, width, channels or own


def _check_shapes(
    shapes: Shapes, expected: tuple[int, ...], kind: Kind, name: str, *, resizes: bool
) -> None:
    """Raise ValueError if an input that was looked at will not have the expected shape."""
    for index, shape in shapes.items():
        if shape is None:
            continue
        if kind == "images":
            size = expected[:2] if resizes else shape[:2]
            shape = (*size, expected[2] if shape[2] in (1, 3, 4) else shape[2])
        check_row_shape(shape, expected, kind, f"{name}[{index}]")
