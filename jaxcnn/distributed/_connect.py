"""Open the connections between the devices of all processes, while the processes are in step."""

from collections import Counter

import jax
import numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec

AXIS = "devices"


def connect() -> None:
    """Compute a sum over all devices, and gather a number from each process, once.

    When processes first compute something together, gloo gives them 30 seconds to connect. Right
    after they have joined they are in step. Later, one of them may come from a long download, or
    from a disk or compiler that is slower than those of the others.

    Raises:
        ValueError: If the processes have different numbers of devices.
    """
    from jax.experimental import multihost_utils

    devices = jax.devices()
    counts = [*Counter(device.process_index for device in devices).values()]
    if len(set(counts)) > 1:
        raise ValueError(
            "jaxcnn.distributed.start: expected the same number of devices in all processes, got "
            f"{counts} (on CPUs, jaxcnn.set_up({min(counts)}) before it makes as many in each)"
        )
    mesh = jax.make_mesh((len(devices),), (AXIS,), axis_types=(AxisType.Auto,), devices=devices)
    shared, whole = (NamedSharding(mesh, PartitionSpec(*axes)) for axes in ((AXIS,), ()))
    ones = jax.make_array_from_callback(
        (len(devices),), shared, lambda index: np.ones(len(devices), np.int32)[index]
    )
    jax.block_until_ready(jax.jit(lambda numbers: numbers.sum(), out_shardings=whole)(ones))
    multihost_utils.process_allgather(np.int32(0))
