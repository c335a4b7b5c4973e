"""`Placed`: the options that say which of several processes this one is."""

import dataclasses
from typing import Annotated, Any

from tyro.conf import arg


@dataclasses.dataclass(frozen=True)
class Placed:
    """The place of this process among several that train together.

    Attributes:
        coordinator: The address of process 0, with any free port, to train in several processes.
            Give it together with --processes and --process. By default, jaxcnn launch, the
            environment or a scheduler says it.
        processes: Number of processes.
        process: Number of this process, from 0.
    """

    coordinator: Annotated[str | None, arg(metavar="HOST:PORT")] = None
    processes: Annotated[int | None, arg(metavar="N")] = None
    process: Annotated[int | None, arg(metavar="I")] = None


def placed(kind: type) -> Any:
    """Return a dataclass of options to which those of `Placed` are added."""
    both = type(kind.__name__, (Placed, kind), {"__doc__": kind.__doc__})
    return dataclasses.dataclass(frozen=True)(both)
