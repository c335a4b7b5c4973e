"""The IDX files of MNIST: a header of big-endian integers, then the bytes of one array."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from jaxcnn.data._errors import DataError

UNSIGNED_BYTES = 8


def read_idx(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Read an IDX file of unsigned bytes, gzipped or not, that holds an array of `shape`.

    Raises:
        DataError: If the file holds anything else, more or less.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    header = struct.pack(f">HBB{len(shape)}I", 0, UNSIGNED_BYTES, len(shape), *shape)
    size = math.prod(shape)
    try:
        with opener(path, "rb") as file:
            if file.read(len(header)) != header:
                raise DataError(f"{path}: expected the header of an IDX file of {shape} bytes")
            # One byte more than there should be, so that an endless file is found out.
            content = file.read(size + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged gzip file: {error}") from error
    if len(content) != size:
        found = "more" if len(content) > size else f"only {len(content)}"
        raise DataError(f"{path}: expected {size} bytes after the header, got {found}")
    return np.frombuffer(content, np.uint8).reshape(shape)
