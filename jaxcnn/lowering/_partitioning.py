"""Split a convolution over devices, in programs whose arrays XLA splits (plain `jax.jit`).

XLA asks for a rule, which says what axes of operands and result can be split together, and later
for the program of one device. Examples, output features and groups are split without communication.
Channels, and the examples of kernel gradients, are summed: each device sums its share, and one
all-reduce sums the shares. An array that is split along a spatial axis is gathered.
"""

import dataclasses
import os
from collections.abc import Callable, Iterator
from functools import partial
from math import prod
from typing import Any

import jax
from jax import Array, lax
from jax._src.dispatch import prim_requires_devices_during_lowering
from jax.experimental.custom_partitioning import (
    ArrayMapping,
    CompoundFactor,
    SdyShardingRule,
    custom_partitioning,
)
from jax.extend.core import Primitive
from jax.sharding import AbstractMesh, Mesh, NamedSharding, PartitionSpec, use_abstract_mesh

from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._uncached import keep_out_of_cache

SPLIT = "jaxcnn_split"
"""In the names of the operations of one device's share."""

MeshAxes = tuple[str, ...]
"""Names of the mesh axes over which one axis of an array is split."""

Parts = tuple[str, ...]
"""What one axis of an array consists of, such as ``("groups", "channels")``."""


def can_split() -> bool:
    """Tell whether XLA's partitioner asks for rules of the kind made here."""
    return bool(jax.config.jax_use_shardy_partitioner)  # pyright: ignore[reportAttributeAccessIssue]


def need_mesh(primitive: Primitive) -> None:
    """Make JAX tell the rules of a primitive which mesh the arrays of a program are split over.

    JAX then refuses the primitive in programs with several meshes or an abstract one. So this does
    nothing where there is only one CPU device.
    """
    if _are_several_cpu_devices():
        prim_requires_devices_during_lowering.add(primitive)


def _are_several_cpu_devices() -> bool:
    """Tell whether programs can be split over CPU devices, without starting JAX's backends."""
    config: Any = jax.config
    flags = os.environ.get("XLA_FLAGS", "")
    is_set = config.jax_num_cpu_devices > 1 or "xla_force_host_platform_device_count" in flags
    return is_set or jax.distributed.is_initialized()


def forget_mesh(primitive: Primitive) -> None:
    """Undo `need_mesh`."""
    prim_requires_devices_during_lowering.discard(primitive)


def split_by_xla(convolution: Convolution, primitive: Primitive) -> Callable[[Array, Array], Array]:
    """Return a convolution as a function of its arrays that XLA can split over devices.

    Args:
        convolution: The convolution that all devices compute together.
        primitive: Computes the share of each device.
    """

    def compute(lhs: Array, rhs: Array) -> Array:
        return primitive.bind(lhs, rhs, **convolution.params)

    # Of a convolution, JAX's cache would compare the shapes only.
    keep_out_of_cache(SPLIT)
    function = custom_partitioning(compute)
    function.def_partition(
        partition=partial(_partition, convolution, primitive),
        sharding_rule=_sharding_rule(convolution),
    )
    return function


def _parts(convolution: Convolution) -> list[list[Parts]]:
    """Return the parts of each axis of input, kernel and output. Equal parts are split together."""
    in_groups = convolution.groups > 1

    def axis(part: str, size: int, *, is_grouped: bool) -> Parts:
        if not is_grouped:
            return (part,)
        return ("groups", part) if size > 1 else ("groups",)

    features = axis("features", convolution.features, is_grouped=in_groups)
    examples = axis("examples", convolution.batch, is_grouped=convolution.batch_groups > 1)
    channels = axis("channels", convolution.channels, is_grouped=convolution.feature_groups > 1)
    numbers = convolution.dimension_numbers
    arrays = [
        (numbers.lhs_spec, "x", examples, channels),
        (numbers.rhs_spec, "k", features, ("channels",)),
        (numbers.out_spec, "y", ("examples",), features),
    ]
    found = []
    for spec, name, *parts in arrays:
        spatial = [(f"{name}{axis}",) for axis in range(len(spec) - 2)]
        found.append([each for _, each in sorted(zip(spec, [*parts, *spatial], strict=True))])
    return found


def _sizes(convolution: Convolution) -> dict[str, int]:
    """Return the sizes of the parts that can be split."""
    sizes = {
        "examples": convolution.batch if convolution.batch_groups == 1 else 1,
        "groups": convolution.groups,
        "features": convolution.features if convolution.groups == 1 else 1,
        "channels": convolution.channels if convolution.feature_groups == 1 else 1,
    }
    return {part: size for part, size in sizes.items() if size > 1}


def _sharding_rule(convolution: Convolution) -> SdyShardingRule:
    arrays = _parts(convolution)
    mappings = [ArrayMapping(*map(_factor, array)) for array in arrays]
    names = dict.fromkeys(name for array in arrays for parts in array for name in parts)
    inside = names.keys() - {parts[0] for array in arrays for parts in array if len(parts) == 1}
    sizes = {"groups": convolution.groups, "features": convolution.features}
    sizes_inside: Any = {name: size for name, size in sizes.items() if name in inside}
    split = _sizes(convolution).keys()
    return SdyShardingRule(
        tuple(mappings[:2]),
        tuple(mappings[2:]),
        reduction_factors=("channels",) if "channels" in split else (),
        # XLA expects them in the order in which they appear.
        need_replication_factors=tuple(name for name in names if name not in split),
        **sizes_inside,  # XLA sees those of whole axes
    )


def _factor(parts: Parts) -> str | CompoundFactor:
    first, *others = parts
    return CompoundFactor(*parts) if others else first


def _partition(
    convolution: Convolution, primitive: Primitive, mesh: Mesh, operands: Any, result: Any
) -> tuple[Mesh, Callable[[Array, Array], Array], NamedSharding, tuple[NamedSharding, ...]]:
    """Return what XLA asks for: the computation of one device, and how all arrays are split."""
    arrays = _parts(convolution)
    specs = [array.sharding.spec for array in (result, *operands)]
    split = _choose(convolution, mesh, [arrays[2], *arrays[:2]], specs)
    share = _share(convolution, _devices(mesh, split.get("groups", ())))
    sums = split.get("channels", ())

    def compute(lhs: Array, rhs: Array) -> Array:
        # The caller's mesh could have explicit axes.
        with use_abstract_mesh(AbstractMesh((), ())), jax.named_scope(SPLIT):
            outputs = primitive.bind(lhs, rhs, **share.params)
            return lax.psum(outputs, sums) if sums else outputs

    lhs, rhs, out = (
        NamedSharding(mesh, PartitionSpec(*(split.get(parts[0]) for parts in array)))
        for array in arrays
    )
    return mesh, compute, out, (lhs, rhs)


def _choose(
    convolution: Convolution,
    mesh: Mesh,
    arrays: list[list[Parts]],
    specs: list[PartitionSpec],
) -> dict[str, MeshAxes]:
    """Choose the mesh axes of each part that is split, from what XLA proposes for the arrays.

    Where XLA proposes one mesh axis for several parts, the first keeps it. So a kernel that is
    split over the devices that share the batch is gathered.
    """
    split: dict[str, MeshAxes] = {}
    for part, size in _sizes(convolution).items():
        for axes in _proposals(part, arrays, specs):
            is_free = not set(axes) & {axis for used in split.values() for axis in used}
            if axes and is_free and size % _devices(mesh, axes) == 0:
                split[part] = axes
                break
    return split


def _proposals(
    part: str, arrays: list[list[Parts]], specs: list[PartitionSpec]
) -> Iterator[MeshAxes]:
    for array, spec in zip(arrays, specs, strict=True):
        for parts, axes in zip(array, spec, strict=False):
            if parts[0] == part and axes is not None:
                yield (axes,) if isinstance(axes, str) else tuple(axes)


def _share(convolution: Convolution, devices: int) -> Convolution:
    """Return the convolution of one of some devices that split the groups."""
    if convolution.feature_groups > 1:
        groups = {"feature_groups": convolution.feature_groups // devices}
    else:
        groups = {"batch_groups": convolution.batch_groups // devices}
    return dataclasses.replace(convolution, **groups)


def _devices(mesh: Mesh, axes: MeshAxes) -> int:
    return prod(mesh.shape[axis] for axis in axes)
