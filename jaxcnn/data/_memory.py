"""Whether images fit in memory, asked before they are decoded."""

import os
from pathlib import Path

import numpy as np

from jaxcnn.data._errors import DataError

CGROUP = Path("/sys/fs/cgroup")


def check_memory(name: str, n: int, shape: tuple[int, int, int]) -> None:
    """Raise DataError where `n` images of `shape`, uint8, do not fit."""
    limits = [limit for limit in (_physical_memory(), container_limit()) if limit is not None]
    needed, memory = n * int(np.prod(shape)), min(limits, default=None)
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


def container_limit(cgroup: Path = CGROUP) -> int | None:
    """Return the bytes that this container may use, on Linux; None where there is no limit."""
    try:
        limit = (cgroup / "memory.max").read_text().strip()
    except OSError:
        return None
    return None if limit == "max" else int(limit)
