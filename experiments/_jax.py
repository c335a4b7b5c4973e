"""How the experiments set JAX up; it must be done before anything is computed."""

from jaxcnn.runs._compiled import keep_compiled_programs
from jaxcnn.runs._cores import make_cores_devices


def set_up_jax(devices: int | None = None) -> None:
    """Make each CPU core a device, and keep compiled programs for the next run.

    What the user has set by JAX's own environment variables (JAX_NUM_CPU_DEVICES,
    JAX_COMPILATION_CACHE_DIR) stays.

    Args:
        devices: number of CPU devices; None: as many as this process may use cores.

    Raises:
        RuntimeError: if JAX has computed something already.
    """
    make_cores_devices(devices)
    keep_compiled_programs()
