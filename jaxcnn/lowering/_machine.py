"""The facts about the machine that methods depend on."""

import dataclasses

import jaxlib.version

from jaxcnn._support.machine import cpu_cores, has_avx512
from jaxcnn.lowering._onednn_support import onednn_support

MIB = 2**20

FAST_XLA = (0, 11)
"""Measured with jaxlib 0.12.0.1, and with 0.10.2, which is slow."""


@dataclasses.dataclass(frozen=True)
class Machine:
    """A CPU, and the number of JAX devices that share its cores.

    Attributes:
        cores: Number of cores that the process may use.
        devices: Number of devices that share these cores.
        budget: Memory in bytes that a block of images may need while it is processed. The default
            was the fastest on cores with 1 MiB of private and 32 MiB of shared cache.
        has_onednn: Whether convolutions may be computed by oneDNN.
        has_fast_xla: Whether XLA's dense convolutions are those since jaxlib 0.11, which take half
            the time.
        has_avx512: Whether the cores have AVX-512, for which oneDNN has fast code for more cases.
    """

    cores: int
    devices: int
    budget: float = 3 * MIB
    has_onednn: bool = False
    has_fast_xla: bool = False
    has_avx512: bool = True

    @classmethod
    def of(cls, devices: int) -> "Machine":
        """Describe the machine that this process runs on."""
        return cls(
            cpu_cores(),
            devices,
            has_onednn=onednn_support().is_usable,
            has_fast_xla=jaxlib.version.__version_info__ >= FAST_XLA,
            has_avx512=has_avx512(),
        )
