"""Labeled examples on the host: what every loader returns and training takes."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.data._array_checks import NOUNS, Kind, check_inputs
from jaxcnn.data.tasks._by_name import as_task
from jaxcnn.data.tasks._classification import Multilabel
from jaxcnn.data.tasks._task import Task


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """Labeled examples, checked when made, held in NumPy arrays on the host.

    The examples are images, unless `kind` says otherwise. The labels are classes, one for each
    example, unless `multilabel=True` or `task` says otherwise; float labels do not make a
    regression by themselves, since class numbers read from a table are often floats by mistake.

    Attributes:
        images: The inputs. Images are `(N, H, W, C)`, uint8 in 0..255 or float32 in [0, 1]; for the
            other kinds, see `check_inputs`.
        labels: In the form of the task: `(N,)` int32, in 0..num_classes-1; multilabel,
            `(N, num_classes)` uint8, 1 where the image shows the class; regression, `(N,)` or
            `(N, K)` float32.
        class_names: One name for each class, in the order of the labels; regression: one for each
            of the K numbers, which may be left out.
        name: What reports and plots call the data, e.g. `"CIFAR-10"`.
        task: What labels mean: `SingleLabel()`, `Multilabel()` or `Regression()`; given as one of
            them, as its name (`"regression"`), or by `multilabel=True`.
        kind: What the inputs are: `"images"`, `"signals"`, `"volumes"` or `"tokens"`.
        paths: The files that the images were read from, which reports name; None where they
            came from elsewhere.

    Raises:
        TypeError: If a dtype is wrong.
        ValueError: If a shape, a pixel, a label or the number of names or paths is wrong.

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
    ):
        task = as_task(task, multilabel=multilabel)
        names = task.settle_names(class_names, labels)
        inputs = check_inputs(images, kind, name=f"{name}: {kind}")
        labels = task.check_labels(
            labels, examples=len(inputs), outputs=len(names), name=f"{name}: labels"
        )
        if paths is not None and len(paths) != len(inputs):
            raise ValueError(f"paths: expected {len(inputs)}, one an image, got {len(paths)}")
        # A frozen dataclass is set through `object`, here to store what was given in one form.
        object.__setattr__(self, "images", inputs)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "class_names", names)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "task", task)
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "paths", None if paths is None else tuple(paths))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one example, for images `(H, W, C)`."""
        return self.images.shape[1:]

    @property
    def multilabel(self) -> bool:
        """Whether an example may show any number of the classes, from none to all."""
        return self.task == Multilabel()

    @property
    def num_classes(self) -> int:
        """How many classes there are, with or without examples; or numbers to predict."""
        return len(self.class_names)

    @property
    def class_counts(self) -> np.ndarray:
        """The number of examples of each class, `(num_classes,)` int64; not of a regression."""
        return self.task.count_classes(self.labels, self.num_classes)

    def read(self, indices: ArrayLike) -> np.ndarray:
        """Return the images at `indices`, `(B, H, W, C)`; `ImageFiles` decodes its own likewise."""
        return self.images[np.asarray(indices)]

    def take(self, n: int) -> "Dataset":
        """Return the first `n` examples, or all of them where there are fewer."""
        if n < 1:
            raise ValueError(f"n: expected at least 1, got {n}")
        return self.subset(np.arange(min(n, len(self))))

    def subset(self, indices: ArrayLike) -> "Dataset":
        """Return the examples at `indices`: integers, or a boolean mask of shape `(N,)`."""
        indices = np.asarray(indices)
        paths = self.paths
        if paths is not None:
            paths = tuple(paths[i] for i in np.arange(len(self))[indices])
        return dataclasses.replace(
            self, images=self.images[indices], labels=self.labels[indices], paths=paths
        )

    def __repr__(self) -> str:
        return (
            f"Dataset({self.name!r}: {len(self)} {NOUNS[self.kind]}s {self.input_shape} "
            f"{self.images.dtype}, {self.task.describe(self.class_names)})"
        )


class Splits(NamedTuple):
    """The images to train on and those to test on."""

    train: Dataset
    test: Dataset
