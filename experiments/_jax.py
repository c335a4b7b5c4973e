"""How the experiments set JAX up; it must be done before anything is computed."""

import os
from pathlib import Path

import jax
import pooch


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
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        folder = Path(pooch.os_cache("jaxcnn")) / "compiled"
        jax.config.update("jax_compilation_cache_dir", str(folder))
        # By default JAX keeps nothing that took it less than a second, which adds up.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.05)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
