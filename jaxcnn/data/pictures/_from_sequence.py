"""`from_sequence`: take the data sets of other libraries."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arguments import per_axis
from jaxcnn._support.arrays import as_array
from jaxcnn.data._array_checks import RANKS, Kind, check_weights
from jaxcnn.data._from_arrays import numbered, text_or_numbers
from jaxcnn.data.pictures._labeled_sequence import (
    LabeledSequence,
    check_source,
    check_threads,
    input_of,
    part_of,
)
from jaxcnn.data.tasks._by_name import as_task
from jaxcnn.data.tasks._classification import SingleLabel
from jaxcnn.data.tasks._task import Task


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
) -> LabeledSequence:
    """Take labeled examples from any sequence with ``len`` and ``[]``, such as a Hugging Face set.

    The data sets of Hugging Face and torchvision, the data sources of TensorFlow Datasets and
    Grain, and lists are such sequences. Their rows are mappings, such as
    ``{"image": ..., "label": ...}``, or pairs ``(image, label)``. Images are Pillow's images, or
    arrays ``(H, W)`` or ``(H, W, C)``, uint8 or floats in [0, 1].

    Examples are read during training, batch by batch, each by its index. So a training can be
    resumed, and depends only on its seed. If the examples fit in memory, and reading them takes
    long, call ``from_sequence(...).load()``.

    Args:
        source: The sequence. Of a set with several parts, pass one, such as ``dataset["train"]``.
        image: Where a row has its image: a name, or a position. In pairs, it is the first entry.
        label: Where a row has its label. In pairs, it is the second entry. With the default, a list
            `targets` of the sequence, as torchvision's sets have, is taken.
        class_names: One name per class, in the order of the labels. None means the names that the
            sequence has, as Hugging Face's `ClassLabel` and torchvision's `classes`; else labels
            that are text, in alphabetical order; else the numbers of the classes.
        size: Height and width to which images are resized, and cropped to their center. None means
            that all images have the size of the first one.
        channels: 1 for gray images, 3 for color. None means those of the first image.
        labels: All labels, ``(N,)``. None means that they are read from the rows. If the sequence
            has no column or list of labels, each row is read once for this, with its image.
        task: What labels mean: `SingleLabel()`, `Multilabel()` or `Regression()`, or such a name
            (``"regression"``). None means one class per example.
        kind: What the inputs are: ``"images"``, ``"signals"``, ``"volumes"`` or ``"tokens"``.
        name: Name of the data in reports and plots.
        weights: How much each example counts in the loss of training, ``(N,)``.
        threads: Number of threads that read the sequence; 1 if it must not be read by several
            threads. None means one thread per core.

    Returns:
        A `LabeledSequence`, which training and evaluation take.

    Raises:
        TypeError: If `source` is not a sequence of mappings or pairs, or a dtype is wrong.
        ValueError: If a row has no such image or label, or a label or a shape is wrong.

    Example:
        >>> rows = [{"image": np.full((8, 8), 30 * n, np.uint8), "label": n % 2} for n in range(8)]
        >>> data = from_sequence(rows, class_names=("even", "odd"))
        >>> data
        LabeledSequence('custom': 8 images (8, 8, 1) of list, 2 classes)
    """
    check_source(source)
    check_threads(threads)
    meaning = as_task(task)
    if labels is None:
        labels = _labels_of(source, label)
    found = text_or_numbers(f"{name}: labels", labels)
    names = class_names
    if names is None and meaning.has_classes and found.dtype.kind not in "UO":
        names = _names_of(source, label)
    names, found = numbered(f"{name}: labels", found, meaning, names)
    found = as_array(f"{name}: labels", found, text_hint=meaning.text_hint)
    if names is None and meaning == SingleLabel() and np.issubdtype(found.dtype, np.integer):
        names = tuple(map(str, range(int(found.max()) + 1)))
    settled = meaning.settle_names(names, found)
    checked = meaning.check_labels(
        found, examples=len(source), outputs=len(settled), name=f"{name}: labels"
    )
    first = input_of(source[0], image, kind, f"{name}[0]")
    if weights is not None:
        weights = check_weights(weights, len(source), name=f"{name}: weights")
    return LabeledSequence(
        source,
        np.arange(len(source)),
        checked,
        settled,
        _input_shape(first, kind, size, channels),
        first.dtype,
        image,
        name,
        meaning,
        kind,
        threads,
        size is not None,
        weights,
    )


def _labels_of(source: Any, label: str | int) -> Any:
    """Return all labels, from a column or a list of the sequence if it has one."""
    if hasattr(source, "column_names") and label in source.column_names:  # Hugging Face
        return source[label]
    targets = getattr(source, "targets", None)  # torchvision
    is_changed = label != "label" or getattr(source, "target_transform", None) is not None
    if targets is not None and not is_changed and len(targets) == len(source):
        return targets
    return [part_of(source[row], label, "label") for row in range(len(source))]


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
    first: np.ndarray, kind: Kind, size: tuple[int, int] | None, channels: int | None
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
    own = 3 if first.shape[2] == 4 else first.shape[2]  # without transparency
    return height, width, channels or own
