"""Labeled image files that are decoded on demand."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arrays import as_array
from jaxcnn.data._array_checks import Kind, check_weights
from jaxcnn.data._dataset import Dataset
from jaxcnn.data._labeled_set import LabeledSet
from jaxcnn.data.pictures._decode import MAX_PIXELS
from jaxcnn.data.pictures._decode_all import (
    LOAD_HINT,
    OnError,
    check_memory,
    find_broken,
    load_all,
    thread_count,
)
from jaxcnn.data.pictures._image_cache import file_stats
from jaxcnn.data.pictures._load_image import load_image
from jaxcnn.data.pictures._paths import keep_paths, take_paths
from jaxcnn.data.pictures._preprocessing import Preprocessing, check_preprocessing
from jaxcnn.data.tasks._by_name import as_task
from jaxcnn.data.tasks._task import Task


@dataclasses.dataclass(frozen=True, eq=False)
class ImageFiles(LabeledSet):
    """Labeled image files that are decoded on demand: `load` decodes all files, `read` some.

    The files are images of any size and colors, in a format that `load_image` reads. All decoded
    images have the same shape: `load_image` resizes an image until it covers this shape (by
    Pillow's antialiased bilinear filter), and crops it to its center. The object is a Grain
    `RandomAccessDataSource` of (image, label) pairs.

    Attributes:
        paths: The `N` files: a tuple, or for very many a sequence that keeps them on disk.
        labels: Single label: ``(N,)`` int32, in 0..num_classes-1. Multilabel: ``(N, num_classes)``
            uint8, 0 or 1. Regression: ``(N,)`` or ``(N, K)`` float32.
        class_names: One name per class, in the order of the labels. Regression: one name per
            target.
        input_shape: The shape of one image, ``(H, W, C)`` with C 1 (gray) or 3.
        name: Name of the data in reports and plots.
        max_pixels: An image with more pixels raises an error.
        task: What labels mean: `SingleLabel()`, `Multilabel()` or `Regression()`. To set it, pass
            such an object, its name (``"regression"``), or `multilabel=True`.
        weights: How much each example counts in the loss of training, ``(N,)`` float32 of at least
            0; None means that all count equally. Evaluations ignore weights.
        preprocessing: How images are resized and cropped instead, as for a pretrained network. A
            network that is trained on the set keeps it, and reads pictures in the same way.

    Raises:
        TypeError: If a dtype is wrong.
        ValueError: If a shape, a label, a weight or the number of names is wrong.
    """

    paths: Sequence[str]
    labels: np.ndarray
    class_names: tuple[str, ...]
    input_shape: tuple[int, int, int]
    name: str
    max_pixels: int
    task: Task
    weights: np.ndarray | None
    preprocessing: Preprocessing | None

    def __init__(
        self,
        paths: Sequence[str | os.PathLike[str]],
        labels: ArrayLike,
        class_names: Sequence[str] | None,
        input_shape: tuple[int, int, int],
        name: str = "custom",
        *,
        max_pixels: int = MAX_PIXELS,
        multilabel: bool = False,
        task: Task | str | None = None,
        weights: ArrayLike | None = None,
        preprocessing: Preprocessing | None = None,
    ):
        shape = tuple(input_shape)
        if any(not isinstance(n, int | np.integer) for n in shape):
            raise TypeError(f"input_shape: expected whole numbers, got {shape}")
        if len(shape) != 3 or min(shape) < 1 or shape[2] not in (1, 3):
            raise ValueError(f"input_shape: expected (H, W, C) with C 1 or 3, got {shape}")
        task = as_task(task, multilabel=multilabel)
        labels = as_array(f"{name}: labels", labels, text_hint=task.text_hint)
        names = task.settle_names(class_names, labels)
        if isinstance(paths, str | os.PathLike):
            raise TypeError(f"paths: expected a list of files, got {paths!r}")
        if not len(paths):
            raise ValueError("paths: expected at least one file, got none")
        if max_pixels < 1:
            raise ValueError(f"max_pixels: expected at least 1, got {max_pixels}")
        labels = task.check_labels(
            labels, examples=len(paths), outputs=len(names), name=f"{name}: labels"
        )
        if weights is not None:
            weights = check_weights(weights, len(paths), name=f"{name}: weights")
        check_preprocessing(preprocessing)
        # A frozen dataclass can only be set through `object`; arguments are stored converted.
        object.__setattr__(self, "paths", keep_paths(paths))
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "class_names", names)
        object.__setattr__(self, "input_shape", shape)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "max_pixels", max_pixels)
        object.__setattr__(self, "task", task)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "preprocessing", preprocessing)

    @property
    def kind(self) -> Kind:
        """The kind of the inputs: images."""
        return "images"

    def subset(self, indices: ArrayLike) -> Self:
        """Return the files at `indices`: integers, or a boolean mask of shape ``(N,)``."""
        chosen = np.arange(len(self))[as_array("indices", indices)]
        paths = take_paths(self.paths, chosen)
        weights = None if self.weights is None else self.weights[chosen]
        return dataclasses.replace(self, paths=paths, labels=self.labels[chosen], weights=weights)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self._read_one(index), self.labels[index]

    def read(self, indices: ArrayLike) -> np.ndarray:
        """Decode the files at `indices`, ``(B,)``, into images ``(B, H, W, C)`` uint8.

        Raises:
            DataError: If a file is damaged, not an image, or too large; the message names its path.
            OSError: If a file cannot be read.
        """
        indices = as_array("indices", indices)
        images = np.empty((len(indices), *self.input_shape), np.uint8)
        for image, index in zip(images, indices, strict=True):
            image[:] = self._read_one(index)
        return images

    @property
    def reading_threads(self) -> int:
        """The number of threads that decode files fastest, from the sizes of a sample of them."""
        sample = self.paths[:: max(1, len(self) // 100)]
        return thread_count(file_stats(sample)[:, 0].mean())

    def _read_one(self, index: int) -> np.ndarray:
        return load_image(
            self.paths[index],
            self.input_shape,
            preprocessing=self.preprocessing,
            max_pixels=self.max_pixels,
        )

    def load(
        self,
        *,
        cache: bool | str | os.PathLike[str] = True,
        on_error: OnError = "raise",
        threads: int | None = None,
        progress: bool = True,
    ) -> Dataset:
        """Decode all files, or read the decoded images from the cache.

        Args:
            cache: Where to store the decoded images for the next time. True means the user's cache
                folder (or $JAXCNN_DATA), and a path means that folder. With False, nothing is
                stored. Stored images are used again if the paths, sizes and modification times of
                the files, and the options, are the same. If their checksum differs, a warning says
                so, and the files are decoded again.
            on_error: What to do if a file cannot be decoded: ``"raise"`` an error, or ``"skip"``
                the file with a warning.
            threads: Number of threads that decode; None means one thread per core, or a single
                thread for tiny files.
            progress: Whether to show a progress bar, on a terminal.

        Returns:
            A `Dataset` of the images and their labels, without the skipped files.

        Raises:
            DataError: If a file is damaged, not an image, or too large. With ``"skip"``, only if
                this is true for all files. Also if the decoded images would not fit in memory; then
                pass the files themselves to training and evaluation, without `load`.
            OSError: If a file cannot be read.
        """
        check_memory(self.name, len(self), self.input_shape, hint=LOAD_HINT)
        how = self.preprocessing
        images, errors = load_all(
            self._read_one,
            self.paths,
            self.input_shape,
            name=self.name,
            options=(self.max_pixels, *([] if how is None else [repr(how)])),
            cache=cache,
            on_error=on_error,
            threads=threads,
            progress=progress,
        )
        kept = np.delete(np.arange(len(self)), list(errors))
        return Dataset(
            images,
            self.labels[kept],
            self.class_names,
            self.name,
            task=self.task,
            paths=take_paths(self.paths, kept),
            weights=None if self.weights is None else self.weights[kept],
            preprocessing=how,
        )

    def verified(self) -> "ImageFiles":
        """Return the files that can be decoded; a warning lists the files that cannot.

        Each file is decoded once. Use this method before streaming, because a broken file would end
        the run.
        """
        broken = find_broken(self._read_one, self.paths, name=self.name)
        return self.subset(np.delete(np.arange(len(self)), broken))

    def __repr__(self) -> str:
        return (
            f"ImageFiles({self.name!r}: {len(self)} files as {self.input_shape}, "
            f"{self.task.describe(self.class_names)})"
        )
