"""Split batches over devices: the mesh, replicated arrays, and `jax.shard_map`."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from jaxcnn._support.arguments import is_int
from jaxcnn._support.set_up import check_jax

Tree = TypeVar("Tree")

BATCH = "batch"
"""The name of the mesh's only axis."""


def batch_mesh(devices: int | None = None, *, everywhere: bool = False) -> Mesh:
    """Return a one-dimensional mesh of devices, over which batches are split.

    Args:
        devices: Number of devices of each process. None means all devices, or the one device that
            `jax.default_device` names.
        everywhere: Whether the mesh has the devices of all processes, and not only those of this
            one.

    Raises:
        TypeError: If `devices` is not an integer.
        RuntimeError: If the process was forked after JAX had started.
        ValueError: If the process has fewer devices, the processes have different numbers of them,
            or a setting of JAX disables compiled programs.
    """
    check_jax()
    default = jax.config.jax_default_device  # pyright: ignore[reportAttributeAccessIssue]
    is_device = isinstance(default, jax.Device)  # otherwise the name of a platform, or None
    available = [default] if is_device else jax.local_devices(backend=default)
    count = len(available) if devices is None else devices
    if not is_int(count):
        raise TypeError(f"devices: expected an integer or None, got {devices!r}")
    if not 1 <= count <= len(available):
        raise ValueError(
            f"devices: expected 1 to {len(available)}, the number of JAX's devices here, got "
            f"{count}"
            f"{_CPU_DEVICES_HINT if available[0].platform == 'cpu' else ''}"
        )
    chosen = available[:count]
    if everywhere and jax.process_count() > 1:
        platform = available[0].platform
        most = None if devices is None and not is_device else count
        # Compared here, from what all know, so that all raise the error.
        per_process = [jax.local_devices(i, platform)[:most] for i in range(jax.process_count())]
        counts = [len(each) for each in per_process]
        if len({*counts}) > 1:
            raise ValueError(f"devices: expected the same number in all processes, got {counts}")
        chosen = [device for each in per_process for device in each]
    # The axis is Auto outside `jax.shard_map`, so that arrays of the mesh work in plain JAX code.
    return jax.make_mesh((len(chosen),), (BATCH,), axis_types=(AxisType.Auto,), devices=chosen)


_CPU_DEVICES_HINT = " (CPU cores become devices by jaxcnn.set_up(), before anything is computed)"


def replicate(mesh: Mesh, tree: Tree) -> Tree:
    """Copy each array to all devices of a mesh; one copy may share memory with the original."""
    sharding = NamedSharding(mesh, PartitionSpec())
    if not mesh.is_multi_process:
        return jax.device_put(tree, sharding)

    def everywhere(array: Any) -> Any:
        copies = [jax.device_put(array, device) for device in mesh.local_devices]
        return jax.make_array_from_single_device_arrays(array.shape, sharding, copies)

    return jax.tree.map(everywhere, tree)


def split_batch(mesh: Mesh, tree: Tree) -> Tree:
    """Split each array along its first axis into one equal share per device.

    If the mesh has devices of several processes, each process passes the shares of its own devices,
    as from `own_share`.
    """
    sharding = NamedSharding(mesh, PartitionSpec(BATCH))
    if not mesh.is_multi_process:
        return jax.device_put(tree, sharding)
    return jax.tree.map(partial(jax.make_array_from_process_local_data, sharding), tree)


def own_share(mesh: Mesh, batches: np.ndarray) -> np.ndarray:
    """Return what this process's devices get of batches, which are split along the last axis.

    With one process, this is everything.
    """
    if not mesh.is_multi_process:
        return batches
    this = jax.process_index()
    own = [i for i, device in enumerate(mesh.devices.flat) if device.process_index == this]
    shares = batches.reshape(*batches.shape[:-1], mesh.size, -1)[..., own, :]
    return shares.reshape(*batches.shape[:-1], -1)


def over_devices(
    mesh: Mesh, function: Callable[..., Any], in_specs: Any, out_specs: Any
) -> Callable[..., Any]:
    """Apply `jax.shard_map` to a function; on a mesh of one device, return the function itself."""
    if mesh.size == 1:
        return function
    return jax.shard_map(function, mesh=mesh, in_specs=in_specs, out_specs=out_specs)


def first_copy(tree: Tree) -> Tree:
    """Return the first copy of each replicated array, as an array on one device."""
    return jax.tree.map(lambda array: array.addressable_data(0), tree)


def share_size(batch_size: int, mesh: Mesh) -> int:
    """Return the number of examples per device, rounded up so that all examples are covered."""
    return -(-batch_size // mesh.size)
