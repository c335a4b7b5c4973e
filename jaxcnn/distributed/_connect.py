"""Open the connections between the devices of all processes, while the processes are in step."""

import os
from collections import Counter
from contextlib import suppress

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

    before = _threads()
    devices = jax.devices()
    if devices[0].platform == "cpu":
        be_patient(_threads() - before)
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


def _threads() -> set[int]:
    """Return the numbers of the threads of this process on Linux; elsewhere none."""
    try:
        return {int(name) for name in os.listdir("/proc/self/task")}
    except OSError:
        return set()


def be_patient(threads: set[int]) -> None:
    """Let threads that are woken wait until a core is free, on Linux.

    Gloo's thread is woken by each message. If it interrupts the thread that computes while that
    one holds the lock it needs, it asks for the lock until its share of the core is used up, some
    milliseconds later.
    """
    for thread in threads:
        with suppress(OSError):  # it has ended, or the system does not allow it
            os.sched_setscheduler(thread, os.SCHED_BATCH, os.sched_param(0))
