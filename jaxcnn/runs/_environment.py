"""What a run ran on."""

import platform
from pathlib import Path

import flax
import jax
import jaxlib
import numpy as np
import optax

from jaxcnn._version import __version__
from jaxcnn.lowering._machine import cpu_cores


def versions() -> dict[str, str]:
    """The versions of Python and of the libraries that decide what a run computes."""
    libraries = (jax, jaxlib, flax, optax, np)
    found = {library.__name__: library.__version__ for library in libraries}
    return {"python": platform.python_version(), "jaxcnn": __version__, **found}


def device() -> dict[str, str | int]:
    """The device that JAX uses, and how many CPU cores this process may use."""
    default = jax.devices()[0]
    kind = _cpu_model() if default.platform == "cpu" else default.device_kind
    return {
        "platform": default.platform,
        "kind": kind,
        "count": jax.device_count(),
        "cpu_cores": cpu_cores(),
    }


def _cpu_model() -> str:
    """The processor's name where the system tells it, else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
