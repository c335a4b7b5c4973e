"""How the experiments set JAX up; it must be done before anything is computed."""

import os

import jax

from jaxcnn.runs._compiled import keep_compiled_programs


def set_up_jax(devices: int | None = None) -> None:
    """Make each CPU core a device, and keep compiled programs for the next run.

    What the user has set by JAX's own environment variables (JAX_NUM_CPU_DEVICES,
    JAX_COMPILATION_CACHE_DIR) stays.

    Args:
        devices: number of CPU devices; None: as many as this process may use cores.

    Raises:
        RuntimeError: if JAX has computed something already.
    """
    if devices is not None or "JAX_NUM_CPU_DEVICES" not in os.environ:
        jax.config.update("jax_num_cpu_devices", devices or _cores())
    keep_compiled_programs()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
