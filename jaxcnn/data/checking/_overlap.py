"""Images that a test set shares with the training set: they test memory, not learning."""

import dataclasses
import hashlib

import numpy as np

from jaxcnn._support.results import Result
from jaxcnn.data._dataset import Dataset
from jaxcnn.data._errors import DataError

SHOWN_PAIRS = 3


@dataclasses.dataclass(frozen=True, eq=False)
class Overlap(Result):
    """The test images, or other inputs, that also occur in the training set, one entry for each.

    Attributes:
        train_indices: Where the image first occurs in the training set, `(K,)`.
        test_indices: Where it is in the test set, `(K,)`.
        conflicts: How many of the pairs carry different labels; multilabel: any of them.
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

    Args:
        train: The images to train on.
        test: The images to test on, of the same shape and dtype.
        strict: Whether an overlap is an error.

    Returns:
        The pairs of equal images.

    Raises:
        DataError: If `strict` and there is an overlap.
        ValueError: If shapes or dtypes differ, so that no two images could be equal, or if the
            labels of one set are of another form, multilabel or of other length.

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
            f"test: expected a label of shape {forms[0]} for each image as in train, got {forms[1]}"
        )
    found = overlap_of(train, test, image_digests(train.images), image_digests(test.images))
    if strict and found.count:
        raise DataError(f"{found}:{pairs_shown(found, train, test)}")
    return found


def overlap_of(
    train: Dataset, test: Dataset, train_digests: list[bytes], test_digests: list[bytes]
) -> Overlap:
    """The overlap of two sets that can be compared, by their images' digests."""
    first_place = _first_places(train_digests)
    pairs = [
        (first_place[digest], i) for i, digest in enumerate(test_digests) if digest in first_place
    ]
    return _overlap(train, test, pairs)


def repeats_in(dataset: Dataset, digests: list[bytes]) -> Overlap:
    """The images that occur earlier in their own set: `train_indices` say where."""
    first_place = _first_places(digests)
    pairs = [(first_place[d], i) for i, d in enumerate(digests) if first_place[d] != i]
    return _overlap(dataset, dataset, pairs)


def pairs_shown(found: Overlap, train: Dataset, test: Dataset) -> str:
    """A line for each of the first pairs: the files, or where there are none, the places."""
    pairs = list(zip(found.test_indices, found.train_indices, strict=True))
    lines = [f"\n  {name_of(test, i)} is {name_of(train, j)} again" for i, j in pairs[:SHOWN_PAIRS]]
    more = len(pairs) - SHOWN_PAIRS
    return "".join(lines) + (f"\n  and {more:,} more" if more > 0 else "")


def name_of(dataset: Dataset, index: int) -> str:
    """The file of an image, or its place."""
    return f"image {index}" if dataset.paths is None else dataset.paths[index]


def image_digests(images: np.ndarray) -> list[bytes]:
    """16 bytes for each image: different images have different ones, as good as surely."""
    return [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]


def _first_places(digests: list[bytes]) -> dict[bytes, int]:
    return {digest: i for i, digest in reversed(list(enumerate(digests)))}


def _overlap(train: Dataset, test: Dataset, pairs: list[tuple[int, int]]) -> Overlap:
    in_train, in_test = np.array(pairs, int).reshape(-1, 2).T
    differ = train.labels[in_train] != test.labels[in_test]
    conflicts = int(differ.any(axis=tuple(range(1, differ.ndim))).sum())
    return Overlap(in_train, in_test, conflicts)
