"""Small data sets as files in the published formats, hostile archives among them."""

import gzip
import hashlib
import io
import struct
import tarfile

import numpy as np

from jaxcnn.data.sets._cifar import CIFAR10, CIFAR100
from jaxcnn.data.sets._download import Remote as Remote
from jaxcnn.data.sets._mnist import MNIST

SMALL_CIFAR10 = CIFAR10._replace(train_records=20, test_records=30)
SMALL_CIFAR100 = CIFAR100._replace(train_records=200, test_records=100)
SMALL_MNIST = MNIST._replace(train_examples=20, test_examples=10)


def cifar_files(fmt, seed=0):
    """Return {file name: bytes} of a small set with random pixels and labels in rotation."""
    rng = np.random.default_rng(seed)
    files = {}
    for file in (*fmt.train_files, fmt.test_file):
        n = fmt.file_size(file) // (fmt.label_bytes + 3072)
        records = rng.integers(0, 256, (n, fmt.label_bytes + 3072), dtype=np.uint8)
        records[:, fmt.label_bytes - 1] = np.arange(n) % fmt.num_classes
        files[file] = records.tobytes()
    # The published file ends with an empty line.
    names = "".join(f"class{i}\n" for i in range(fmt.num_classes)) + "\n"
    return files | {fmt.names_file: names.encode()}


def idx_file(array):
    """Return the bytes of an IDX file, written out here from its description."""
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape)
    return header + array.astype(np.uint8).tobytes()


def mnist_files(fmt, seed=0):
    """Return {file name: gzipped bytes} of a small set with random pixels."""
    rng = np.random.default_rng(seed)
    files = {}
    for prefix, n in (("train", fmt.train_examples), ("t10k", fmt.test_examples)):
        images = rng.integers(0, 256, (n, 28, 28))
        files[f"{prefix}-images-idx3-ubyte.gz"] = gzip.compress(idx_file(images))
        files[f"{prefix}-labels-idx1-ubyte.gz"] = gzip.compress(idx_file(np.arange(n) % 10))
    return files


def write_files(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def tar_gz(members):
    """Return the bytes of a .tar.gz of `(name or TarInfo, content)` pairs.

    A header may promise more than its content, as that of a bomb does.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for member, content in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            info.size = info.size or len(content)
            if info.size and not content:
                tar.fileobj.write(info.tobuf())  # as newer versions of `addfile` refuse to do
            else:
                tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def md5(content):
    return hashlib.md5(content).hexdigest()
