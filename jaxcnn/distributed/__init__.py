"""Several processes that train together, on one machine or on many, by `jax.distributed`.

| question | where |
|---|---|
| How does a process join the others? | `start` |
| Has it joined them? | `check_started` |
| Which process writes files? | `is_first`, `first_before_others` |
| How do processes agree? | `all_gather`, `from_first`, `broadcast` |
| How does an error in one end all? | `together`, `in_lockstep`, `ProcessError` |
| How does a process end before the others? | `leave` |

After `start`, each process runs the same program. `fit` uses the devices of all of them.
"""

from jaxcnn.distributed._agree import (
    ProcessError,
    all_gather,
    broadcast,
    first_before_others,
    from_first,
    in_lockstep,
    is_first,
    together,
)
from jaxcnn.distributed._start import check_started, leave, start

__all__ = [
    "ProcessError",
    "all_gather",
    "broadcast",
    "check_started",
    "first_before_others",
    "from_first",
    "in_lockstep",
    "is_first",
    "leave",
    "start",
    "together",
]
