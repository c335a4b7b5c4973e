"""Decode the files of a set for its check, and name those that are broken; the files' sizes."""

import warnings
from collections.abc import Sequence

import numpy as np

from jaxcnn.data._dataset import Dataset
from jaxcnn.data._errors import DataError
from jaxcnn.data.pictures._image_files import ImageFiles
from jaxcnn.data.pictures._picture_sizes import picture_sizes

MAX_LISTED = 10
"""The most broken files that a problem lists."""

MAX_SIZES = 1000
"""The most files whose sizes are read, evenly spaced in the set."""


def decode_files(files: ImageFiles) -> tuple[Dataset, list[str]]:
    """Decode the files of a set.

    Returns:
        The set without the files that cannot be decoded, and the error of each of those.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of the files that are skipped
        dataset = files.load(on_error="skip", cache=False)
    read = set(dataset.paths or ())
    broken = (i for i, path in enumerate(files.paths) if path not in read)
    return dataset, [_error(files, i) for i in broken]


def _error(files: ImageFiles, index: int) -> str:
    try:
        files.read([index])
    except (DataError, OSError) as error:
        return str(error)
    return f"{files.paths[index]}: readable only at the second attempt"


def broken_problem(errors: Sequence[str], total: int) -> list[str]:
    """Say how many of the files cannot be decoded, and list the first of them; [] for none."""
    if not errors:
        return []
    more = [f"and {len(errors) - MAX_LISTED:,} more"] * (len(errors) > MAX_LISTED)
    listed = "".join(f"\n  {line}" for line in [*errors[:MAX_LISTED], *more])
    return [f"{len(errors):,} of {total:,} files cannot be decoded:{listed}"]


def read_sizes(dataset: Dataset) -> np.ndarray | None:
    """Return height and width of the pictures in their files, ``(N, 2)``, of at most 1,000.

    It is None if the set has no files, or none of them is there anymore.
    """
    if dataset.paths is None:
        return None
    sizes = picture_sizes(dataset.paths, at_most=MAX_SIZES)
    return sizes if len(sizes) else None
