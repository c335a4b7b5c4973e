"""Labelled images on the host: what every loader returns and training takes."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.data._array_checks import check_arrays, count_classes


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images, checked when made, held in NumPy arrays on the host.

    Attributes:
        images: `(N, H, W, C)`, uint8 in 0..255 or float32 in [0, 1].
        labels: `(N,)` int32, in 0..num_classes-1. Multilabel: `(N, num_classes)` uint8, 1 where
            the image shows the class; given as integers or booleans.
        class_names: One name for each class, in the order of the labels.
        name: What reports and plots call the data, e.g. `"CIFAR-10"`.
        multilabel: Whether an image may show any number of the classes, from none to all.
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
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    name: str
    multilabel: bool
    paths: tuple[str, ...] | None

    def __init__(
        self,
        images: ArrayLike,
        labels: ArrayLike,
        class_names: Sequence[str],
        name: str = "custom",
        *,
        multilabel: bool = False,
        paths: Sequence[str] | None = None,
    ):
        if not class_names or isinstance(class_names, str):
            raise ValueError(f"class_names: expected one name for each class, got {class_names!r}")
        check_arrays(images, labels, len(class_names), name=name, multilabel=multilabel)
        images = np.asarray(images)
        if paths is not None and len(paths) != len(images):
            raise ValueError(f"paths: expected {len(images)}, one an image, got {len(paths)}")
        if images.dtype != np.uint8:
            images = images.astype(np.float32, copy=False)
        # A frozen dataclass is set through `object`, here to store what was given in one form.
        object.__setattr__(self, "images", images)
        label_dtype = np.uint8 if multilabel else np.int32
        object.__setattr__(self, "labels", np.asarray(labels).astype(label_dtype, copy=False))
        object.__setattr__(self, "class_names", tuple(class_names))
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "multilabel", multilabel)
        object.__setattr__(self, "paths", None if paths is None else tuple(paths))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """The shape of one image, `(H, W, C)`."""
        height, width, channels = self.images.shape[1:]
        return height, width, channels

    @property
    def num_classes(self) -> int:
        """How many classes there are, with or without examples."""
        return len(self.class_names)

    @property
    def class_counts(self) -> np.ndarray:
        """The number of examples of each class, `(num_classes,)` int64."""
        return count_classes(self.labels, self.num_classes)

    def read(self, indices: ArrayLike) -> np.ndarray:
        """Return the images at `indices`, `(K, H, W, C)`; `ImageFiles` decodes its own likewise."""
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
            f"Dataset({self.name!r}: {len(self)} images {self.input_shape} "
            f"{self.images.dtype}, {self.num_classes} classes{', multilabel' * self.multilabel})"
        )


class Splits(NamedTuple):
    """The images to train on and those to test on."""

    train: Dataset
    test: Dataset
