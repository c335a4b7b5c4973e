"""CPU cores as devices, which share each batch."""

import os

import jax

from jaxcnn.lowering._machine import cpu_cores


def make_cores_devices(devices: int | None = None) -> None:
    """Make each CPU core a device; before anything is computed.

    What the user has set by JAX's own environment variable JAX_NUM_CPU_DEVICES stays.

    Args:
        devices: how many; None: as many as this process may use cores.

    Raises:
        RuntimeError: if JAX has computed something already.
    """
    if devices is not None or "JAX_NUM_CPU_DEVICES" not in os.environ:
        jax.config.update("jax_num_cpu_devices", devices or cpu_cores())
