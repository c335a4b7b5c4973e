"""Find images that occur in both the training set and the test set, and repeats within a set."""

import dataclasses
import hashlib

import numpy as np

from jaxcnn._support.names import difference
from jaxcnn._support.results import Result
from jaxcnn.data._dataset import Dataset
from jaxcnn.data._errors import DataError

MAX_SHOWN_PAIRS = 3


@dataclasses.dataclass(frozen=True, eq=False)
class Overlap(Result):
    """The test images, or other inputs, that also occur in the training set.

    Attributes:
        train_indices: The indices of these images in the training set, ``(K,)``. If an image occurs
            several times in the training set, this is the index of the first occurrence.
        test_indices: The indices of these images in the test set, ``(K,)``, in the same order.
        conflicts: Number of these images whose labels differ between the sets. Multilabel: a
            difference in any label counts.
    """

    train_indices: np.ndarray
    test_indices: np.ndarray
    conflicts: int

    _derived = ("count",)

    @property
    def count(self) -> int:
        """The number of test images that also occur in the training set."""
        return len(self.test_indices)

    def __str__(self) -> str:
        return (
            f"{self.count} of the test images also occur in the training set, "
            f"{self.conflicts} of them with another label"
        )


def overlap(train: Dataset, test: Dataset, *, strict: bool = False) -> Overlap:
    """Find the test images that also occur, bit for bit, in the training set.

    A network can answer these images from memory, so its accuracy on these images is too high.

    Args:
        train: The images to train on.
        test: The images to test on, of the same shape and dtype.
        strict: Whether to raise an error if there is an overlap.

    Returns:
        An `Overlap` with two index arrays of equal length: entry k of `test_indices` and entry k of
        `train_indices` are the same image.

    Raises:
        DataError: If `strict` is true and there is an overlap.
        ValueError: If the two sets differ in the shape or dtype of their images, in the shape of a
            label (for example, if only one set is multilabel), or in how they number their classes.

    Example:
        >>> images = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1)
        >>> data = Dataset(images, [0, 1, 0], ("a", "b"))
        >>> print(overlap(data.take(2), data))
        2 of the test images also occur in the training set, 0 of them with another label
    """
    kinds = [(data.input_shape, str(data.images.dtype)) for data in (train, test)]
    if kinds[0] != kinds[1]:
        raise ValueError(f"test: expected images of {kinds[0]} as in train, got {kinds[1]}")
    forms = [data.labels.shape[1:] for data in (train, test)]
    if forms[0] != forms[1]:
        raise ValueError(
            f"test: expected labels of shape {forms[0]} per image as in train, got {forms[1]}"
        )
    if lists := difference(train.class_names, test.class_names):
        raise ValueError(
            f"test: expected the classes of `train`, {lists[0]}, got {lists[1]} "
            "(renumber its labels: test.match_classes(train.class_names))"
        )
    found = overlap_from_digests(
        train, test, image_digests(train.images), image_digests(test.images)
    )
    if strict and found.count:
        raise DataError(f"{found}:{format_pairs(found, train, test)}")
    return found


def overlap_from_digests(
    train: Dataset, test: Dataset, train_digests: list[bytes], test_digests: list[bytes]
) -> Overlap:
    """Find the overlap of two comparable sets from the digests of their images."""
    first = _first_positions(train_digests)
    pairs = [(first[digest], i) for i, digest in enumerate(test_digests) if digest in first]
    return _overlap(train, test, pairs)


def find_repeats(dataset: Dataset, digests: list[bytes]) -> Overlap:
    """Find the images that also occur earlier in the same set, at `train_indices`."""
    first = _first_positions(digests)
    pairs = [(first[d], i) for i, d in enumerate(digests) if first[d] != i]
    return _overlap(dataset, dataset, pairs)


def format_pairs(found: Overlap, train: Dataset, test: Dataset) -> str:
    """List the first pairs, a line each: their files, or their indices if there are no files."""
    pairs = list(zip(found.test_indices, found.train_indices, strict=True))
    lines = [
        f"\n  {image_name(test, i)} is {image_name(train, j)} again"
        for i, j in pairs[:MAX_SHOWN_PAIRS]
    ]
    more = len(pairs) - MAX_SHOWN_PAIRS
    return "".join(lines) + (f"\n  and {more:,} more" if more > 0 else "")


def image_name(dataset: Dataset, index: int) -> str:
    """Return the file of an image, or its index if it has none."""
    return f"image {index}" if dataset.paths is None else dataset.paths[index]


def image_digests(images: np.ndarray) -> list[bytes]:
    """Return a digest of 16 bytes per image, practically unique to its pixels."""
    return [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]


def _first_positions(digests: list[bytes]) -> dict[bytes, int]:
    return {digest: i for i, digest in reversed(list(enumerate(digests)))}


def _overlap(train: Dataset, test: Dataset, pairs: list[tuple[int, int]]) -> Overlap:
    in_train, in_test = np.array(pairs, int).reshape(-1, 2).T
    differ = train.labels[in_train] != test.labels[in_test]
    conflicts = int(differ.any(axis=tuple(range(1, differ.ndim))).sum())
    return Overlap(in_train, in_test, conflicts)
