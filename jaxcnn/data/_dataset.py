"""Labeled examples on the host: what every loader returns and training takes."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Self

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.arrays import as_array
from jaxcnn._support.attributes import no_attribute
from jaxcnn.data._array_checks import NOUNS, Kind, check_inputs, check_not_swapped, check_weights
from jaxcnn.data._label_table import html_of_splits
from jaxcnn.data._labeled_set import LabeledSet
from jaxcnn.data.pictures._preprocessing import Preprocessing, check_preprocessing
from jaxcnn.data.tasks._by_name import as_task
from jaxcnn.data.tasks._task import Task


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset(LabeledSet):
    """Labeled examples in NumPy arrays on the host, checked when the object is made.

    The examples are images, unless `kind` names another input. The labels are classes, one per
    example, unless `multilabel=True` or `task` says otherwise. Float labels alone do not make a
    regression, because class numbers read from a table are often floats by mistake.

    Arrays that have the stored dtype are not copied: the set holds read-only views of these arrays.
    (A copy of CIFAR-10 would take 184 MB.) Do not change the arrays afterwards. If you need to
    change them, pass ``images.copy()`` instead.

    Attributes:
        images: The inputs. Images are ``(N, H, W, C)``, uint8 in 0..255 or float32 in [0, 1];
            `check_inputs` describes the other kinds.
        labels: Single label: ``(N,)`` int32, in 0..num_classes-1. Multilabel: ``(N, num_classes)``
            uint8, 1 if the image shows the class, else 0. Regression: ``(N,)`` or ``(N, K)``
            float32.
        class_names: One name per class, in the order of the labels. Regression: one name per
            target, or no names.
        name: Name of the data in reports and plots, such as ``"CIFAR-10"``.
        task: What labels mean: `SingleLabel()`, `Multilabel()` or `Regression()`. To set it, pass
            such an object, its name (``"regression"``), or `multilabel=True`.
        kind: What the inputs are: ``"images"``, ``"signals"``, ``"volumes"`` or ``"tokens"``.
        paths: The files that the images were read from, for reports; None if there are no files.
        weights: How much each example counts in the loss of training, ``(N,)`` float32 of at least
            0; None means that all count equally. Evaluations ignore weights.
        preprocessing: How the images were resized and cropped from pictures, which a network that
            is trained on the set keeps for other pictures; None means jaxcnn's own way.

    Raises:
        TypeError: If a dtype is wrong.
        ValueError: If a shape, a pixel, a label, a weight or the number of names or paths is
            wrong.

    Example:
        >>> images = np.zeros((4, 32, 32, 3), np.uint8)
        >>> data = Dataset(images, [0, 1, 1, 0], ("cat", "dog"))
        >>> len(data), data.input_shape, data.num_classes
        (4, (32, 32, 3), 2)
        >>> Dataset(images[:2], [[1, 1], [0, 1]], ("cat", "dog"), multilabel=True).class_counts
        array([1, 2])
        >>> Dataset(images, [0.3, 1.5, 2.0, -0.7], ["age"], task="regression")
        Dataset('custom': 4 images (32, 32, 3) uint8, regression of age)
        >>> Dataset([[3, 1, 0], [2, 2, 1]], [0, 1], ("code", "comment"), kind="tokens")
        Dataset('custom': 2 sequences (3,) int32, 2 classes)
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    name: str
    task: Task
    kind: Kind
    paths: tuple[str, ...] | None
    weights: np.ndarray | None
    preprocessing: Preprocessing | None

    def __init__(
        self,
        images: ArrayLike,
        labels: ArrayLike,
        class_names: Sequence[str] | None = None,
        name: str = "custom",
        *,
        multilabel: bool = False,
        task: Task | str | None = None,
        kind: Kind = "images",
        paths: Sequence[str] | None = None,
        weights: ArrayLike | None = None,
        preprocessing: Preprocessing | None = None,
    ):
        task = as_task(task, multilabel=multilabel)
        labels = as_array(f"{name}: labels", labels, text_hint=task.text_hint)
        check_not_swapped(name, images, labels)
        if class_names is None:
            task.check_unnamed(labels, name=f"{name}: labels")
        names = task.settle_names(class_names, labels)
        inputs = check_inputs(images, kind, name=f"{name}: {kind}")
        labels = task.check_labels(
            labels, examples=len(inputs), outputs=len(names), name=f"{name}: labels"
        )
        if paths is not None and len(paths) != len(inputs):
            raise ValueError(f"paths: expected {len(inputs)}, one per image, got {len(paths)}")
        if weights is not None:
            weights = _read_only(check_weights(weights, len(inputs), name=f"{name}: weights"))
        check_preprocessing(preprocessing)
        # A frozen dataclass can only be set through `object`; arguments are stored converted.
        object.__setattr__(self, "images", _read_only(inputs))
        object.__setattr__(self, "labels", _read_only(labels))
        object.__setattr__(self, "class_names", names)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "task", task)
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "paths", None if paths is None else tuple(paths))
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "preprocessing", preprocessing)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one example; for images ``(H, W, C)``."""
        return self.images.shape[1:]

    def read(self, indices: ArrayLike) -> np.ndarray:
        """Return the inputs at `indices`: for images ``(B, H, W, C)``, like `ImageFiles.read`."""
        return self.images[as_array("indices", indices)]

    def take(self, n: int) -> Self:
        """Return the first `n` examples, or all if there are fewer."""
        check_int("n", n)
        return self.subset(np.arange(min(n, len(self))))

    def subset(self, indices: ArrayLike) -> Self:
        """Return the examples at `indices`: integers, or a boolean mask of shape ``(N,)``."""
        indices = as_array("indices", indices)
        paths = self.paths
        if paths is not None:
            paths = tuple(paths[i] for i in np.arange(len(self))[indices])
        return dataclasses.replace(
            self,
            images=self.images[indices],
            labels=self.labels[indices],
            paths=paths,
            weights=None if self.weights is None else self.weights[indices],
        )

    def __repr__(self) -> str:
        return (
            f"Dataset({self.name!r}: {len(self)} {NOUNS[self.kind]}s {self.input_shape} "
            f"{self.images.dtype}, {self.task.describe(self.class_names)})"
        )


def _read_only(array: np.ndarray) -> np.ndarray:
    """Return a view that cannot be written to, for what is checked must not change."""
    if not array.flags.writeable:
        return array
    view = array.view()
    view.flags.writeable = False
    return view


class Splits(NamedTuple):
    """The examples to train on, and the examples to test on."""

    train: Dataset
    test: Dataset

    if not TYPE_CHECKING:  # type checkers know the attributes that there are

        def __getattr__(self, name: str) -> NoReturn:
            raise no_attribute(self, name, ("test", "train"))

    def _repr_html_(self) -> str:
        return html_of_splits(*self)
