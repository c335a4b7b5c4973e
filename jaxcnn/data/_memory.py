"""Whether images fit in memory, asked before they are decoded."""

import os

import numpy as np

from jaxcnn.data._errors import DataError


def check_memory(name: str, n: int, shape: tuple[int, int, int]) -> None:
    """Raise DataError where `n` images of `shape`, uint8, do not fit."""
    needed, memory = n * int(np.prod(shape)), _physical_memory()
    if memory is not None and needed > memory:
        raise DataError(
            f"{name}: {n} images of {shape} would take {needed / 1e9:.1f} GB, more than the "
            f"{memory / 1e9:.1f} GB of memory; stream them (stream=True, or stream_batches), or "
            "ask for a smaller size"
        )


def _physical_memory() -> int | None:
    """Return the bytes of memory of this machine, None where it does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
