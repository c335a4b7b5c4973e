"""Split batches over devices: the mesh, replicated arrays, and `jax.shard_map`."""

from collections.abc import Callable
from typing import Any, TypeVar

import jax
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from jaxcnn._support.arguments import is_int
from jaxcnn._support.set_up import check_jax

Tree = TypeVar("Tree")

BATCH = "batch"
"""The name of the mesh's only axis."""


def batch_mesh(devices: int | None = None) -> Mesh:
    """Return a one-dimensional mesh of this process's devices, over which batches are split.

    Args:
        devices: Number of devices. None means all devices, or the one device that
            `jax.default_device` names.

    Raises:
        TypeError: If `devices` is not an integer.
        RuntimeError: If the process was forked after JAX had started.
        ValueError: If the process has fewer devices, or a setting of JAX disables compiled
            programs.
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
    # The axis is Auto outside `jax.shard_map`, so that arrays of the mesh work in plain JAX code.
    return jax.make_mesh(
        (int(count),), (BATCH,), axis_types=(AxisType.Auto,), devices=available[:count]
    )


_CPU_DEVICES_HINT = " (CPU cores become devices by jaxcnn.set_up(), before anything is computed)"


def replicate(mesh: Mesh, tree: Tree) -> Tree:
    """Copy each array to all devices of a mesh; one copy may share memory with the original."""
    return jax.device_put(tree, NamedSharding(mesh, PartitionSpec()))


def split_batch(mesh: Mesh, tree: Tree) -> Tree:
    """Split each array along its first axis into one equal share per device."""
    return jax.device_put(tree, NamedSharding(mesh, PartitionSpec(BATCH)))


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
