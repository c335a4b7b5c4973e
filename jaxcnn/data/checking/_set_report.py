"""Compute statistics of one data set: its classes, its pixels, its repeated images."""

import dataclasses
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arrays import as_array
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table
from jaxcnn._support.texts import without_controls
from jaxcnn.data._dataset import Dataset
from jaxcnn.data._label_table import label_rows
from jaxcnn.data.checking._files import read_sizes
from jaxcnn.data.checking._overlap import Overlap, find_repeats

MAX_LISTED_CLASSES = 20


@dataclasses.dataclass(frozen=True, eq=False)
class SetReport(TableResult):
    """Statistics of one data set; ``print`` shows a table with one row per class or target.

    Attributes:
        dataset: The set.
        class_counts: The number of examples per class, ``(num_classes,)``; None for a regression.
        pixel_range: The lowest and the highest value of the inputs.
        mean: The mean of each channel, with uint8 scaled to [0, 1]; empty for tokens.
        std: The standard deviation of each channel, with uint8 scaled to [0, 1]; empty for tokens.
        constant: The indices of images whose pixels are all equal, ``(K,)``.
        repeats: The images that also occur earlier in the set: the overlap of the set with itself.
        smallest: Height and width of the smallest picture in its file; None without files.
        largest: Height and width of the largest picture in its file; None without files.
    """

    dataset: Dataset
    class_counts: np.ndarray | None
    pixel_range: tuple[float, float]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    constant: np.ndarray
    repeats: Overlap
    smallest: tuple[int, int] | None = None
    largest: tuple[int, int] | None = None

    _derived = ("imbalance",)

    @property
    def imbalance(self) -> float:
        """Size of the largest class divided by the size of the smallest class with examples.

        For a regression, which has no classes, the ratio is 1.
        """
        if self.class_counts is None:
            return 1.0
        counts = self.class_counts[self.class_counts > 0]
        return float(counts.max() / counts.min()) if len(counts) else 1.0

    def _content(self) -> Mapping[str, Any]:
        content = {**super()._content(), "dataset": repr(self.dataset), "rows": [*self._rows()]}
        del content["class_counts"]  # which the rows have, with names
        return content

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        return label_rows(self.dataset)

    def _blocks(self) -> Iterable[Block]:
        head, *labels, values, repeated = self._lines()
        beside = [] if self.class_counts is None else labels[1:]
        text = "\n".join(line.strip() for line in (head, *beside, values, repeated))
        return [text, Table.of(self._rows())]

    def __str__(self) -> str:
        lines = self._lines()
        wrapped = (textwrap.fill(line, 100, subsequent_indent="    ") for line in lines)
        return without_controls("\n".join(wrapped))

    def _lines(self) -> list[str]:
        kind = self.dataset.kind
        what = "sequences" if kind == "tokens" else kind
        return [
            repr(self.dataset),
            *self._labels(),
            f"  {self._values()}{self._sizes()}",
            f"  {what} of one value: {len(self.constant)}; repeated {what}: {self.repeats.count}, "
            f"{self.repeats.conflicts} with other labels",
        ]

    def _values(self) -> str:
        low, high = self.pixel_range
        kind = self.dataset.kind
        name = kind if kind == "tokens" else "pixels" if kind == "images" else "values"
        span = f"{name}: {low:g} to {high:g}"
        if not self.mean:
            return span
        scale = "on the scale of [0, 1], " if self._in_unit_range() else ""
        return f"{span}; {scale}mean {_format(self.mean)}, standard deviation {_format(self.std)}"

    def _sizes(self) -> str:
        if self.smallest is None or self.largest is None:
            return ""
        smallest, largest = ("×".join(map(str, size)) for size in (self.smallest, self.largest))
        return f"; in the files {smallest}" + f" to {largest}" * (smallest != largest)

    def _in_unit_range(self) -> bool:
        return self.dataset.kind == "images" or self.dataset.images.dtype == np.uint8

    def _labels(self) -> list[str]:
        if self.class_counts is not None:
            return [
                f"  examples per class: {self._counts(self.class_counts)}",
                f"  largest class over smallest: {self.imbalance:.2f}",
            ]
        labels = self.dataset.labels.reshape(len(self.dataset), -1)
        return [
            f"  {name}: {numbers.min():g} to {numbers.max():g}, mean {numbers.mean():.4g}, "
            f"standard deviation {numbers.std():.4g}"
            for name, numbers in zip(self.dataset.class_names, labels.T, strict=True)
        ]

    def _counts(self, counts: np.ndarray) -> str:
        names = self.dataset.class_names
        if len(names) > MAX_LISTED_CLASSES:
            order = np.argsort(counts, kind="stable")
            ends = [f"{counts[k]:,} ({names[k]})" for k in (order[0], order[-1])]
            return f"{ends[0]} to {ends[1]}"
        return ", ".join(f"{name}: {count:,}" for name, count in zip(names, counts, strict=True))


def describe(dataset: Dataset, digests: list[bytes]) -> SetReport:
    """Compute the numbers of one set from its images and their digests."""
    flat = dataset.images.reshape(len(dataset), -1)
    lowest, highest = flat.min(axis=1), flat.max(axis=1)
    mean, std = ((), ()) if dataset.kind == "tokens" else channel_moments(dataset.images)
    sizes = read_sizes(dataset)
    smallest, largest = (None, None) if sizes is None else _extremes(sizes)
    return SetReport(
        dataset=dataset,
        class_counts=dataset.class_counts if dataset.task.has_classes else None,
        pixel_range=(float(lowest.min()), float(highest.max())),
        mean=tuple(map(float, mean)),
        std=tuple(map(float, std)),
        constant=np.flatnonzero(lowest == highest) if flat.shape[1] > 1 else np.arange(0),
        repeats=find_repeats(dataset, digests),
        smallest=smallest,
        largest=largest,
    )


def _extremes(sizes: np.ndarray) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the sizes with the fewest and with the most pixels."""
    pixels = sizes.prod(axis=1)
    (low, width), (high, wide) = sizes[[pixels.argmin(), pixels.argmax()]].tolist()
    return (low, width), (high, wide)


def _format(numbers: tuple[float, ...]) -> str:
    return "(" + ", ".join(f"{x:.4f}" for x in numbers) + ")"


def channel_moments(images: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Compute the mean and the standard deviation of each channel, with uint8 scaled to [0, 1].

    Args:
        images: Images ``(N, H, W, C)``, uint8 in 0..255 or floating point in [0, 1]. Or signals or
            volumes ``(N, ..., C)``, uint8 or any floats.

    Returns:
        Two float64 arrays: the means ``(C,)`` and the standard deviations ``(C,)``.

    Raises:
        TypeError: If `images` is not an array, for example a data set.
        ValueError: If the array has fewer than two axes, or no values.

    Example:
        >>> mean, std = channel_moments(np.array([0, 255], np.uint8).reshape(1, 1, 2, 1))
        >>> mean.tolist(), std.tolist()
        ([0.5], [0.5])
    """
    images = as_array("images", images)
    if images.ndim < 2 or not images.size:
        raise ValueError(f"images: expected shape (N, ..., C), none 0, got {images.shape}")
    if images.dtype != np.uint8:
        axes = tuple(range(images.ndim - 1))
        return images.mean(axes, dtype=np.float64), images.std(axes, dtype=np.float64)
    # uint8 has only 256 values, whose counts give exact moments without a large float array.
    values = np.arange(256) / 255
    shares = [
        np.bincount(images[..., channel].ravel(), minlength=256) / images[..., channel].size
        for channel in range(images.shape[-1])
    ]
    mean = np.array([share @ values for share in shares])
    pairs = zip(shares, mean, strict=True)
    return mean, np.sqrt([share @ (values - center) ** 2 for share, center in pairs])
