"""A checksum of a labeled set, by which a training knows its data again."""

import hashlib
import os

import numpy as np

from jaxcnn.data._dataset import Dataset
from jaxcnn.data.pictures._image_files import LabeledImages


def fingerprint(data: LabeledImages) -> str:
    """Compute a checksum of everything in a labeled set that can change a training.

    The checksum covers the labels and the class names. For a `Dataset`, it also covers every pixel.
    For `ImageFiles`, the files are not decoded: the checksum covers their names, sizes and order,
    and the shape to which the images are resized.

    Args:
        data: The labeled set.

    Returns:
        64 hexadecimal digits.

    Raises:
        OSError: If one of the image files is missing.

    Example:
        >>> data = Dataset(np.zeros((2, 4, 4, 1), np.uint8), [0, 1], ("cat", "dog"))
        >>> fingerprint(data) == fingerprint(data.take(2)), fingerprint(data) == fingerprint(
        ...     Dataset(data.images, [1, 0], ("cat", "dog"))
        ... )
        (True, False)
    """
    total = hashlib.sha256()
    total.update(repr((data.class_names, str(data.task), data.kind, data.input_shape)).encode())
    _add(total, data.labels)
    if isinstance(data, Dataset):
        _add(total, data.images)
    else:
        for path in data.paths:
            total.update(f"{os.path.basename(path)} {os.path.getsize(path)};".encode())
    return total.hexdigest()


def _add(total: "hashlib._Hash", array: np.ndarray) -> None:
    total.update(f"{array.dtype} {array.shape};".encode())
    total.update(np.ascontiguousarray(array).view(np.uint8).data)
