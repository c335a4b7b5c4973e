"""Labeled examples of another library's data set, which are read by their index when needed."""

import dataclasses
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.arrays import are_gray, as_array
from jaxcnn._support.machine import cpu_cores
from jaxcnn.data._array_checks import Kind
from jaxcnn.data._dataset import Dataset
from jaxcnn.data._labeled_set import LabeledSet
from jaxcnn.data.pictures._decode_all import LOAD_HINT, check_memory
from jaxcnn.data.pictures._image_files import ImageFiles
from jaxcnn.data.pictures._load_image import fit_image, over_white, to_grayscale, to_rgb
from jaxcnn.data.pictures._preprocessing import Preprocessing
from jaxcnn.data.pictures._sequence_rows import check_row_shape, input_of, naming

CHUNK = 64
"""Examples per task of a thread."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class LabeledSequence(LabeledSet):
    """Labeled examples of a sequence such as a Hugging Face data set; `from_sequence` makes them.

    Training and evaluation take it like `ImageFiles`: examples are read in the background, batch by
    batch, each by its index. `load` reads all of them into a `Dataset`, which trains to the same
    bits.

    Attributes:
        source: The sequence: it has ``len`` and ``[]``.
        rows: The rows of the source, ``(N,)``, that are the examples of this set.
        labels: In the form of the task; for single labels ``(N,)`` int32.
        class_names: One name per class, in the order of the labels. Regression: one per target.
        input_shape: The shape of one input; for images ``(H, W, C)``.
        dtype: The dtype of the inputs.
        image: Where a row has its input: a name, or a position.
        name: Name of the data in reports and plots.
        task: What labels mean.
        kind: What the inputs are, such as ``"images"``.
        threads: Number of threads that read the source; None means one per core.
        resizes: Whether images are resized to `input_shape`.
        weights: The weights of the examples in the loss of training; None: all weights are 1.
        drops_colors: Whether images in color become gray if `input_shape` has one channel. False:
            such an image is an error.
        preprocessing: How images are resized and cropped; None: until they cover `input_shape`, and
            to their center.
    """

    source: Any
    rows: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    input_shape: tuple[int, ...]
    dtype: DTypeLike
    image: str | int
    name: str
    task: Any
    kind: Kind
    threads: int | None
    resizes: bool
    weights: np.ndarray | None = None
    drops_colors: bool = False
    preprocessing: Preprocessing | None = None

    def subset(self, indices: ArrayLike) -> Self:
        """Return the examples at `indices`: integers, or a boolean mask of shape ``(N,)``."""
        indices = as_array("indices", indices)
        weights = None if self.weights is None else self.weights[indices]
        return dataclasses.replace(
            self, rows=self.rows[indices], labels=self.labels[indices], weights=weights
        )

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self._read_one(index), self.labels[index]

    def read(self, indices: ArrayLike) -> np.ndarray:
        """Read the inputs at `indices`, ``(B,)``; for images ``(B, H, W, C)``.

        Raises:
            TypeError: If an input has another dtype than the first one.
            ValueError: If an input has another shape, or values that are out of range.
        """
        return np.stack([self._read_one(int(index)) for index in as_array("indices", indices)])

    def _read_one(self, index: int) -> np.ndarray:
        row = int(self.rows[index])
        name = f"{self.name}[{row}]"
        with naming(name):
            taken = self.source[row]
        found = input_of(taken, self.image, self.kind, name)
        if self.kind == "images":
            if self.input_shape[-1] == 1 and not self.drops_colors:
                _check_is_gray(found, name)
            found = _in_shape(found, self.input_shape, self.resizes, self.preprocessing)
        check_row_shape(found.shape, self.input_shape, self.kind, name)
        if found.dtype != self.dtype:
            raise TypeError(f"{name}: expected dtype {self.dtype}, got {found.dtype}")
        return found

    @property
    def paths(self) -> None:
        """None: there are no files."""
        return None

    @property
    def reading_threads(self) -> int:
        """The number of threads that read examples."""
        return self.threads or cpu_cores()

    def load(self) -> Dataset:
        """Read all examples into memory.

        Returns:
            A `Dataset` with the same examples.

        Raises:
            DataError: If they would not fit in memory.
        """
        check_memory(self.name, len(self), self.input_shape, self.dtype, hint=LOAD_HINT)
        inputs = np.empty((len(self), *self.input_shape), self.dtype)

        def read(start: int) -> None:
            for index in range(start, min(start + CHUNK, len(self))):
                inputs[index] = self._read_one(index)

        with ThreadPoolExecutor(self.reading_threads) as threads:
            list(threads.map(read, range(0, len(self), CHUNK)))
        return Dataset(
            inputs,
            self.labels,
            self.class_names,
            self.name,
            task=self.task,
            kind=self.kind,
            weights=self.weights,
            preprocessing=self.preprocessing,
        )

    def __repr__(self) -> str:
        return (
            f"LabeledSequence({self.name!r}: {len(self)} {self.kind} {self.input_shape} of "
            f"{type(self.source).__name__}, {self.task.describe(self.class_names)})"
        )


LabeledImages = Dataset | ImageFiles | LabeledSequence
"""Labeled examples to train and evaluate on: in memory, in image files, or in a sequence."""


def check_source(source: Any) -> None:
    """Raise TypeError unless an object has ``len`` and ``[]``."""
    if isinstance(source, Mapping) or not (
        hasattr(source, "__len__") and hasattr(source, "__getitem__")
    ):
        hint = " (pass one of its splits)" if isinstance(source, Mapping) else ""
        if hasattr(source, "__iter__") and not isinstance(source, Mapping):
            hint = " (jaxcnn.data.from_batches takes an iterable of batches)"
        raise TypeError(
            f"source: expected a sequence with len() and [], got {type(source).__name__}{hint}"
        )
    if not len(source):
        raise ValueError("source: expected at least one example, got none")


def _check_is_gray(image: np.ndarray, name: str) -> None:
    """Raise ValueError if an image has colors, which would be lost."""
    if image.shape[-1] in (3, 4) and not are_gray(image[None, ..., :3]):
        raise ValueError(
            f"{name}: expected a gray image like those looked at, got one in color (channels=3 "
            "keeps colors, channels=1 makes all images gray)"
        )


def _in_shape(
    image: np.ndarray, shape: tuple[int, ...], resizes: bool, how: Preprocessing | None
) -> np.ndarray:
    """Resize an image and convert its colors, if that is asked for or needed."""
    if image.shape[-1] == 4:
        image = over_white(image)
    if resizes and (how is not None or image.shape[:2] != shape[:2]):
        if image.dtype != np.uint8:
            raise TypeError(
                f"size: expected None for images of {image.dtype}, got {shape[:2]} (only uint8 is "
                "resized)"
            )
        image = fit_image(image if image.shape[-1] == 1 else to_rgb(image), shape, how)
    if image.shape[-1] == shape[-1] or {image.shape[-1], shape[-1]} != {1, 3}:
        return image
    return to_rgb(image) if shape[-1] == 3 else to_grayscale(image)


def check_threads(threads: int | None) -> None:
    """Raise unless a number of threads is None or at least 1."""
    if threads is not None:
        check_int("threads", threads)
