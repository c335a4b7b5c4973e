"""Whether images fit in memory, asked before they are decoded."""

import numpy as np

from jaxcnn._support.machine import memory_limit
from jaxcnn.data._errors import DataError


def check_memory(name: str, n: int, shape: tuple[int, int, int]) -> None:
    """Raise DataError where `n` images of `shape`, uint8, do not fit."""
    needed, memory = n * int(np.prod(shape)), memory_limit()
    if memory is not None and needed > memory:
        raise DataError(
            f"{name}: {n} images of {shape} would take {needed / 1e9:.1f} GB, more than the "
            f"{memory / 1e9:.1f} GB of memory; stream them (stream=True, or stream_batches), or "
            "ask for a smaller size"
        )
