"""What a method needs to know of the machine."""

import dataclasses

from jaxcnn._support.machine import cpu_cores

MIB = 2**20


@dataclasses.dataclass(frozen=True)
class Machine:
    """A CPU as one device of a program sees it.

    Attributes:
        cores: number of cores of the process.
        devices: number of devices that share them.
        budget: bytes that a block of images may need while it is worked on. The default was the
            best on cores with 1 MiB of their own cache and 32 MiB of shared one.
    """

    cores: int
    devices: int
    budget: float = 3 * MIB

    @classmethod
    def of(cls, devices: int) -> "Machine":
        """The machine this runs on."""
        return cls(cpu_cores(), devices)
