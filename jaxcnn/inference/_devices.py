"""The devices that share each batch."""

from collections.abc import Callable
from numbers import Integral
from typing import Any, TypeVar

import jax
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

Tree = TypeVar("Tree")

BATCH = "batch"
"""The name of the mesh's one axis."""


def batch_mesh(devices: int | None = None) -> Mesh:
    """Some devices of this process in a row.

    Args:
        devices: how many; None: all, or the one that `jax.default_device` names.

    Raises:
        TypeError: if it is no integer.
        ValueError: if there are fewer.
    """
    default = jax.config.jax_default_device  # pyright: ignore[reportAttributeAccessIssue]
    is_device = isinstance(default, jax.Device)  # or the name of a platform, or None
    available = [default] if is_device else jax.local_devices(backend=default)
    count = len(available) if devices is None else devices
    if isinstance(count, bool) or not isinstance(count, Integral):
        raise TypeError(f"devices: expected an integer or None, got {devices!r}")
    if not 1 <= count <= len(available):
        raise ValueError(
            f"devices: expected 1 to {len(available)}, the number that JAX has here, got {count}"
            f"{_HOW_TO_GET_MORE if available[0].platform == 'cpu' else ''}"
        )
    # The axis is Auto outside `jax.shard_map`, so that whoever is handed an array of the mesh can
    # go on with plain JAX.
    return jax.make_mesh(
        (int(count),), (BATCH,), axis_types=(AxisType.Auto,), devices=available[:count]
    )


_HOW_TO_GET_MORE = (
    '; CPU cores become devices by jax.config.update("jax_num_cpu_devices", n) before anything '
    "is computed"
)


def replicate(mesh: Mesh, tree: Tree) -> Tree:
    """Each array on each device of the mesh; the first may share the memory of the array given."""
    return jax.device_put(tree, NamedSharding(mesh, PartitionSpec()))


def split_batch(mesh: Mesh, tree: Tree) -> Tree:
    """Each array cut along its first axis, one share per device."""
    return jax.device_put(tree, NamedSharding(mesh, PartitionSpec(BATCH)))


def over_devices(
    mesh: Mesh, function: Callable[..., Any], in_specs: Any, out_specs: Any
) -> Callable[..., Any]:
    """`jax.shard_map` of a function, or the function itself where the mesh has one device."""
    if mesh.size == 1:
        return function
    return jax.shard_map(function, mesh=mesh, in_specs=in_specs, out_specs=out_specs)


def first_copy(tree: Tree) -> Tree:
    """Replicated arrays as arrays of one device."""
    return jax.tree.map(lambda array: array.addressable_data(0), tree)


def share_size(batch_size: int, mesh: Mesh) -> int:
    """How many examples each device takes, so that all are taken."""
    return -(-batch_size // mesh.size)
