"""MNIST and Fashion-MNIST: 28x28 gray images of 10 classes, in IDX files.

An IDX file is a header of big-endian integers, then the bytes of one array.
"""

import gzip
import math
import os
import struct
import zlib
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxcnn.data._dataset import Dataset, Splits
from jaxcnn.data._errors import DataError
from jaxcnn.data.sets._download import Remote, fetch, find_or_install

UNSIGNED_BYTES = 8  # the code of this type in an IDX header


class MnistFormat(NamedTuple):
    """The files, sizes and classes of one data set in the format of MNIST."""

    name: str
    subfolder: str
    class_names: tuple[str, ...]
    train_examples: int
    test_examples: int
    remotes: tuple[Remote, ...]


def _remotes(base_url: str, *md5s: str) -> tuple[Remote, ...]:
    files = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    urls = (f"{base_url}{file}-ubyte.gz" for file in files)
    return tuple(Remote(url, md5) for url, md5 in zip(urls, md5s, strict=True))


MNIST = MnistFormat(
    name="MNIST",
    subfolder="mnist",
    class_names=tuple("0123456789"),
    train_examples=60_000,
    test_examples=10_000,
    remotes=_remotes(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
)
FASHION_MNIST = MnistFormat(
    name="Fashion-MNIST",
    subfolder="fashion-mnist",
    class_names=(
        "t-shirt", "trouser", "pullover", "dress", "coat",
        "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ),
    train_examples=60_000,
    test_examples=10_000,
    remotes=_remotes(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
)  # fmt: skip


def mnist(
    folder: str | os.PathLike[str] | None = None, *, download: bool = False, name: str = "MNIST"
) -> Splits:
    """Load MNIST: 28x28 gray images of handwritten digits, 60,000 to train and 10,000 to test.

    Args:
        folder: The folder that contains ``mnist/`` with the four published IDX files, gzipped or
            not; None means that `$JAXCNN_DATA` and then the user's cache folder are searched.
        download: Whether to download the set (12 MB) if it is not found.
        name: Name of the data.

    Returns:
        Two data sets, `train` and `test`, with images ``(N, 28, 28, 1)`` uint8.

    Raises:
        FileNotFoundError: If the data set is not found and `download` is False.
        DownloadError: If the data set cannot be downloaded.
        DataError: If a file is missing or damaged.

    Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
    recognition", 1998
    """
    return load_mnist(MNIST, folder, download, name)


def fashion_mnist(
    folder: str | os.PathLike[str] | None = None,
    *,
    download: bool = False,
    name: str = "Fashion-MNIST",
) -> Splits:
    """Load Fashion-MNIST: 28x28 gray images of clothes, 60,000 to train and 10,000 to test.

    Args:
        folder: The folder that contains ``fashion-mnist/`` with the four published IDX files,
            gzipped or not; None means that `$JAXCNN_DATA` and then the user's cache folder are
            searched.
        download: Whether to download the set (31 MB) if it is not found.
        name: Name of the data.

    Returns:
        Two data sets, `train` and `test`, with images ``(N, 28, 28, 1)`` uint8.

    Raises:
        FileNotFoundError: If the data set is not found and `download` is False.
        DownloadError: If the data set cannot be downloaded.
        DataError: If a file is missing or damaged.

    Source: Xiao, Rasul and Vollgraf, "Fashion-MNIST", 2017, https://arxiv.org/abs/1708.07747
    """
    return load_mnist(FASHION_MNIST, folder, download, name)


def load_mnist(
    fmt: MnistFormat, folder: str | os.PathLike[str] | None, download: bool, name: str
) -> Splits:
    """Find, or download, and read one data set in the format of MNIST."""
    fill = partial(_download, fmt) if download else None
    path = find_or_install(fmt.name, fmt.subfolder, folder, fill)
    return Splits(
        train=_read(path, "train", fmt.train_examples, fmt, name),
        test=_read(path, "t10k", fmt.test_examples, fmt, name),
    )


def _download(fmt: MnistFormat, staging: Path) -> None:
    for remote in fmt.remotes:
        fetch(remote, staging)


def _read(path: Path, prefix: str, examples: int, fmt: MnistFormat, name: str) -> Dataset:
    images = read_idx(_locate(path, f"{prefix}-images-idx3-ubyte"), (examples, 28, 28))
    labels_path = _locate(path, f"{prefix}-labels-idx1-ubyte")
    labels = read_idx(labels_path, (examples,))
    if labels.max() >= len(fmt.class_names):
        raise DataError(f"{labels_path}: expected labels 0 to 9, got {labels.max()}")
    return Dataset(images[..., None], labels, fmt.class_names, name)


def _locate(path: Path, file: str) -> Path:
    """Find a file by its published name, or as unpackers name it: with a dot, or in a folder."""
    dotted = file.replace("-idx", ".idx")
    names = (f"{file}.gz", file, f"{dotted}.gz", dotted)
    places = [path / name for name in names]
    places += [path / folder / name for folder in (file, dotted) for name in (file, dotted)]
    for place in places:
        if place.is_file():
            return place
    found = ", ".join(sorted(repr(each.name) for each in path.iterdir())[:8]) or "nothing"
    raise DataError(
        f"{path / file}[.gz]: expected a file, or one named {dotted}, got {found} (rename it, or "
        f"move {path} away to download the set again)"
    )


def read_idx(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Read an array of unsigned bytes, of a given shape, from an IDX file, gzipped or not.

    Raises:
        DataError: If the file contains anything else, or more, or less.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    header = struct.pack(f">HBB{len(shape)}I", 0, UNSIGNED_BYTES, len(shape), *shape)
    size = math.prod(shape)
    try:
        with opener(path, "rb") as file:
            if file.read(len(header)) != header:
                raise DataError(f"{path}: expected the header of an IDX file of {shape} bytes")
            # One byte too many is enough to detect a longer file, which may be endless.
            content = file.read(size + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: expected a gzip file, got a damaged one ({error})") from error
    if len(content) != size:
        found = "more" if len(content) > size else f"only {len(content)}"
        raise DataError(f"{path}: expected {size} bytes after the header, got {found}")
    return np.frombuffer(content, np.uint8).reshape(shape)
