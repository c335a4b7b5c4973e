"""`examine`: run all checks of this machine and its software."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from jaxcnn.doctor._convolution import check_jaxcnn, check_onednn, check_xla
from jaxcnn.doctor._device import check_cpu_devices, check_device
from jaxcnn.doctor._diagnosis import Diagnosis, Finding
from jaxcnn.doctor._machine import (
    check_cores,
    check_huge_pages,
    check_instructions,
    check_memory,
)
from jaxcnn.doctor._software import (
    check_cache,
    check_data,
    check_flags,
    check_packages,
    check_versions,
)

Check = Callable[[], Finding]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "device": check_device,
        "versions": check_versions,
        "optional packages": check_packages,
        "convolution by XLA": check_xla,
        "convolution by jaxcnn": check_jaxcnn,
        "oneDNN": check_onednn,
        "CPU cores": check_cores,
        "CPU devices": check_cpu_devices,
        "CPU instructions": check_instructions,
        "memory": check_memory,
        "huge pages": check_huge_pages,
        "JAX's settings": check_flags,
        "compiled programs": check_cache,
        "data": check_data,
    }
)


def examine(checks: Mapping[str, Check] = CHECKS) -> Diagnosis:
    """Check whether everything works on this machine, and what would make it faster.

    Use it after an installation, or when training is slow. `jaxcnn doctor` prints the same report.

    Args:
        checks: The checks to run, by name. A check that raises an error is reported as broken, and
            the other checks still run.

    Returns:
        A `Diagnosis`, to print.

    Example:
        >>> print(examine({"sums": lambda: Finding("sums", "1 + 1 = 2")}))
               sums  1 + 1 = 2
        <BLANKLINE>
        Nothing is broken.
    """
    return Diagnosis(tuple(_run_check(name, check) for name, check in checks.items()))


def _run_check(name: str, check: Check) -> Finding:
    try:
        return check()
    except Exception as error:  # any error is a finding
        first, *_ = str(error).splitlines() or ["no message"]
        return Finding(name, f"{type(error).__name__}: {first}", broken=True)
