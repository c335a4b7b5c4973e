"""Split labeled files into those to train on and those to test on."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import numpy as np

from jaxcnn._support.arguments import is_int
from jaxcnn._support.arrays import holds_paths
from jaxcnn._support.attributes import no_attribute
from jaxcnn._support.warn import warn
from jaxcnn.data._dataset import Splits
from jaxcnn.data._errors import DataError
from jaxcnn.data._folds import draw_share
from jaxcnn.data._label_table import html_of_splits
from jaxcnn.data.pictures._decode_all import OnError, check_memory, check_on_error
from jaxcnn.data.pictures._image_files import ImageFiles
from jaxcnn.data.pictures._labeled_sequence import LabeledImages

# Common names of the part to test on; if a set has several, the first of these is used.
TEST_NAMES = ("test", "val", "valid", "validation")


_STREAM_HINT = "pass stream=True, or a smaller size"


class FileSplits(NamedTuple):
    """The image files to train on, and the image files to test on."""

    train: ImageFiles
    test: ImageFiles

    if not TYPE_CHECKING:  # type checkers know the attributes that there are

        def __getattr__(self, name: str) -> NoReturn:
            raise no_attribute(self, name, ("test", "train"))

    def _repr_html_(self) -> str:
        return html_of_splits(*self)


def shape_of(size: tuple[int, int], channels: int) -> tuple[int, int, int]:
    """Return the shape of images of a size, or raise ValueError unless it is two numbers."""
    if np.shape(size) != (2,):
        hint = " (the files come first, then the size)" if holds_paths(size) else ""
        hint = f" (did you mean {(size, size)}?)" if is_int(size) else hint
        raise ValueError(f"size: expected (height, width), got {size!r}{hint}")
    height, width = size
    return height, width, channels


def split_files(files: ImageFiles, test_fraction: float, seed: int) -> FileSplits:
    """Set aside a random fraction of each class to test on; each side keeps at least one file.

    Multilabel sets and regressions are split as a whole.

    Raises:
        ValueError: If `test_fraction` is not between 0 and 1, or `seed` is out of range.
        DataError: If no class has two files.
    """
    if not 0 < test_fraction < 1:
        raise ValueError(
            f"test_fraction: expected more than 0 and less than 1, got {test_fraction}"
        )
    is_test = draw_fraction(files, test_fraction, seed)
    if not is_test.any():
        raise DataError(
            f"{files.name}: expected a class with two images, one to train on and one to test on, "
            "got none"
        )
    return FileSplits(files.subset(~is_test), files.subset(is_test))


def draw_fraction(images: LabeledImages, fraction: float, seed: int) -> np.ndarray:
    """Draw a fraction of each class at random: at least one example, but not all.

    For a multilabel set or a regression, the fraction is drawn from the whole set instead.

    Args:
        images: The examples to draw from.
        fraction: The fraction to draw, above 0 and below 1.
        seed: Seed of the draw, in [0, 2**32).

    Returns:
        ``(N,)`` bool, True for drawn examples. From a class with only one example, none is drawn.

    Example:
        >>> from jaxcnn.data import Dataset
        >>> images = Dataset(np.zeros((4, 1, 1, 1), np.uint8), [0, 0, 1, 1], ("a", "b"))
        >>> int(draw_fraction(images, 0.5, seed=0).sum())
        2
    """
    return draw_share(images.task, images.labels, fraction, seed)


def warn_of_unread(table: os.PathLike[str], splits: Sequence[str]) -> None:
    """Warn of the splits of rows that are neither trained nor tested on."""
    if splits:
        names = ", ".join(map(repr, sorted(set(splits))))
        warn(f"{table}: passed over {len(splits)} rows of {names}")


def read_splits(
    files: FileSplits,
    *,
    stream: bool,
    on_error: OnError,
    cache: bool | str | os.PathLike[str],
) -> Splits | FileSplits:
    """Decode both sets. If they will be streamed, only find the broken files to skip."""
    check_on_error(on_error)
    if not stream:
        for part in files:
            check_memory(part.name, len(part), part.input_shape, hint=_STREAM_HINT)
        return Splits(*(part.load(cache=cache, on_error=on_error) for part in files))
    return FileSplits(*(part.verified() for part in files)) if on_error == "skip" else files
