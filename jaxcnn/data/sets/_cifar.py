"""CIFAR-10 and CIFAR-100 in their binary version, read without pickle.

A file is a sequence of records: the label bytes, then 1024 red, 1024 green and 1024 blue bytes.
"""

import os
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxcnn._support.json_texts import read_text
from jaxcnn._support.names import as_names
from jaxcnn.data._dataset import Dataset, Splits
from jaxcnn.data._errors import DataError
from jaxcnn.data.sets._download import MAX_TEXT_BYTES, Remote, fetch, find_or_install, unpack

PIXEL_BYTES = 3 * 32 * 32


class CifarFormat(NamedTuple):
    """The files, sizes and classes of one CIFAR set in its binary version."""

    name: str
    subfolder: str
    train_files: tuple[str, ...]
    test_file: str
    train_records: int  # images in each training file
    test_records: int
    names_file: str
    num_classes: int
    label_bytes: int  # the last of them is the label
    remote: Remote

    def file_size(self, file: str) -> int:
        records = self.test_records if file == self.test_file else self.train_records
        return records * (self.label_bytes + PIXEL_BYTES)


CIFAR10 = CifarFormat(
    name="CIFAR-10",
    subfolder="cifar-10-batches-bin",
    train_files=tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
    test_file="test_batch.bin",
    train_records=10_000,
    test_records=10_000,
    names_file="batches.meta.txt",
    num_classes=10,
    label_bytes=1,
    remote=Remote(
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "c32a1d4ab5d03f1284b67883e8d87530",
    ),
)
CIFAR100 = CifarFormat(
    name="CIFAR-100",
    subfolder="cifar-100-binary",
    train_files=("train.bin",),
    test_file="test.bin",
    train_records=50_000,
    test_records=10_000,
    names_file="fine_label_names.txt",
    num_classes=100,
    label_bytes=2,
    remote=Remote(
        "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
        "03b5dce01913d631647c71ecec9e9cb8",
    ),
)


def cifar10(
    folder: str | os.PathLike[str] | None = None, *, download: bool = False, name: str = "CIFAR-10"
) -> Splits:
    """Load CIFAR-10: 32x32 color photos of 10 classes, 50,000 to train and 10,000 to test.

    Args:
        folder: The folder that contains ``cifar-10-batches-bin/`` as published; None means that
            `$JAXCNN_DATA` and then the user's cache folder are searched.
        download: Whether to download the set (170 MB) if it is not found.
        name: Name of the data, for a folder whose pixels differ from the published pixels.

    Returns:
        Two data sets, `train` and `test`, with images ``(N, 32, 32, 3)`` uint8 in RGB order.

    Raises:
        FileNotFoundError: If the data set is not found and `download` is False.
        DownloadError: If the data set cannot be downloaded.
        DataError: If a file is missing, has a wrong size, or contains a wrong label.

    Source: Alex Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009,
    https://www.cs.toronto.edu/~kriz/cifar.html
    """
    return load_cifar(CIFAR10, folder, download, name)


def cifar100(
    folder: str | os.PathLike[str] | None = None, *, download: bool = False, name: str = "CIFAR-100"
) -> Splits:
    """Load CIFAR-100: 32x32 color photos with 100 fine labels, 50,000 to train, 10,000 to test.

    Args:
        folder: The folder that contains ``cifar-100-binary/`` as published; None means that
            `$JAXCNN_DATA` and then the user's cache folder are searched.
        download: Whether to download the set (169 MB) if it is not found.
        name: Name of the data, for a folder whose pixels differ from the published pixels.

    Returns:
        Two data sets, `train` and `test`, with images ``(N, 32, 32, 3)`` uint8 in RGB order.

    Raises:
        FileNotFoundError: If the data set is not found and `download` is False.
        DownloadError: If the data set cannot be downloaded.
        DataError: If a file is missing, has a wrong size, or contains a wrong label.

    Source: Alex Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009,
    https://www.cs.toronto.edu/~kriz/cifar.html
    """
    return load_cifar(CIFAR100, folder, download, name)


def load_cifar(
    fmt: CifarFormat, folder: str | os.PathLike[str] | None, download: bool, name: str
) -> Splits:
    """Find, or download, and read one CIFAR set."""
    fill = partial(_download_and_unpack, fmt) if download else None
    path = find_or_install(fmt.name, fmt.subfolder, folder, fill)
    return _read(path, fmt, name)


def _download_and_unpack(fmt: CifarFormat, staging: Path) -> None:
    sizes: dict[str, int | None] = {
        f"{fmt.subfolder}/{file}": fmt.file_size(file) for file in (*fmt.train_files, fmt.test_file)
    }
    archive = fetch(fmt.remote, staging)
    unpack(archive, staging, sizes | {f"{fmt.subfolder}/{fmt.names_file}": None})
    archive.unlink()


def _read(path: Path, fmt: CifarFormat, name: str) -> Splits:
    class_names = _read_names(path / fmt.names_file, fmt.num_classes)
    images, labels = zip(*(_read_records(path / f, fmt) for f in fmt.train_files), strict=True)
    train = Dataset(np.concatenate(images), np.concatenate(labels), class_names, name)
    test = Dataset(*_read_records(path / fmt.test_file, fmt), class_names, name)
    return Splits(train, test)


def _read_names(path: Path, num_classes: int) -> tuple[str, ...]:
    _check_exists(path)
    try:
        names = tuple(read_text(path, MAX_TEXT_BYTES).split())
        if len(names) != num_classes:
            raise ValueError(f"{path}: expected {num_classes} class names, got {len(names)}")
        return as_names(f"{path}: class_names", names)
    except ValueError as error:
        raise DataError(str(error)) from None


def _read_records(path: Path, fmt: CifarFormat) -> tuple[np.ndarray, np.ndarray]:
    _check_exists(path)
    size, expected = path.stat().st_size, fmt.file_size(path.name)
    if size != expected:
        raise DataError(f"{path}: expected {expected} bytes, got {size}")
    records = np.fromfile(path, np.uint8).reshape(-1, fmt.label_bytes + PIXEL_BYTES)
    labels = records[:, fmt.label_bytes - 1]
    wrong = np.flatnonzero(labels >= fmt.num_classes)
    if wrong.size:
        raise DataError(
            f"{path}: expected labels 0 to {fmt.num_classes - 1}, got {labels[wrong[0]]} in "
            f"record {wrong[0]}"
        )
    planes = records[:, fmt.label_bytes :].reshape(-1, 3, 32, 32)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels


def _check_exists(path: Path) -> None:
    if not path.is_file():
        raise DataError(
            f"{path}: expected a file, got none (move {path.parent} away to download the set again)"
        )
