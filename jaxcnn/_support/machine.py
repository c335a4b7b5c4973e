"""The machine and the library versions that a program runs on."""

import importlib.metadata
import os
import platform
from functools import cache
from pathlib import Path

import jax

from jaxcnn._version import __version__

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux has the limits of a container."""

LIBRARIES = ("jax", "jaxlib", "flax", "optax", "numpy")
"""The libraries that determine the results of a run."""


def cpu_cores() -> int:
    """Return the number of CPU cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def memory_limit() -> int | None:
    """Return the memory that this process can use, in bytes; None if unknown."""
    limits = (physical_memory(), container_limit())
    return min((limit for limit in limits if limit is not None), default=None)


def physical_memory() -> int | None:
    """Return the memory of this machine, in bytes; None if unknown."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def container_limit(cgroup: Path = CGROUP) -> int | None:
    """Return the memory limit of this Linux container, in bytes; None if there is no limit."""
    try:
        limit = (cgroup / "memory.max").read_text().strip()
    except OSError:
        return None
    return None if limit == "max" else int(limit)


def versions() -> dict[str, str]:
    """Return the versions of Python, jaxcnn and the libraries that determine a run's results."""
    found = {library: importlib.metadata.version(library) for library in LIBRARIES}
    return {"python": platform.python_version(), "jaxcnn": __version__, **found}


def device() -> dict[str, str | int]:
    """Return the device that JAX uses, and the number of CPU cores that this process may use."""
    default = jax.devices()[0]
    kind = cpu_model() if default.platform == "cpu" else default.device_kind
    return {
        "platform": default.platform,
        "kind": kind,
        "count": jax.device_count(),
        "cpu_cores": cpu_cores(),
    }


def cpu_model() -> str:
    """Return the processor's model if the system knows it, else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


@cache
def has_avx512() -> bool:
    """Tell whether the processor has AVX-512, as far as the system says so."""
    try:
        return "avx512f" in Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return False
