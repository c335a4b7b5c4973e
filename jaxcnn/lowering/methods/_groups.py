"""Compute grouped convolutions as dense ones, group by group."""

import dataclasses

import jax.numpy as jnp
from jax import Array, lax

from jaxcnn.lowering._convolution import Convolution, Method


def by_groups(
    convolution: Convolution,
    lhs: Array,
    rhs: Array,
    compute: Method,
    *,
    unroll: bool,
) -> Array:
    """Compute a grouped convolution as one dense convolution per group.

    Args:
        convolution: The grouped convolution.
        lhs: The input.
        rhs: The kernel.
        compute: Computes the dense convolution of one group, `group_of(convolution)`.
        unroll: Whether to compute the groups one after the other without a loop. This takes longer
            to compile, but XLA's own convolutions can be a hundred times slower inside a loop.
    """
    numbers, part = convolution.dimension_numbers, group_of(convolution)
    inputs = _split(lhs, _grouped_axis(convolution), convolution.groups)
    kernels = _split(rhs, numbers.rhs_spec[0], convolution.groups)
    if unroll:
        outputs = jnp.stack([compute(part, x, k) for x, k in zip(inputs, kernels, strict=True)])
    else:
        outputs = lax.map(lambda pair: compute(part, *pair), (inputs, kernels))
    return _join(outputs, numbers.out_spec[1])


def group_of(convolution: Convolution) -> Convolution:
    """Return the dense convolution of one group."""
    numbers, groups = convolution.dimension_numbers, convolution.groups
    return dataclasses.replace(
        convolution,
        lhs_shape=_divided(convolution.lhs_shape, _grouped_axis(convolution), groups),
        rhs_shape=_divided(convolution.rhs_shape, numbers.rhs_spec[0], groups),
        feature_groups=1,
        batch_groups=1,
    )


def _grouped_axis(convolution: Convolution) -> int:
    batch, feature, *_ = convolution.dimension_numbers.lhs_spec
    return feature if convolution.feature_groups > 1 else batch


def _divided(shape: tuple[int, ...], axis: int, groups: int) -> tuple[int, ...]:
    return (*shape[:axis], shape[axis] // groups, *shape[axis + 1 :])


def _split(array: Array, axis: int, groups: int) -> Array:
    """Split an axis into groups, on a new first axis."""
    shape = array.shape
    cut = array.reshape(*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :])
    return jnp.moveaxis(cut, axis, 0)


def _join(parts: Array, axis: int) -> Array:
    """Merge the groups on the first axis into an axis: the inverse of `_split`."""
    moved = jnp.moveaxis(parts, 0, axis)
    return moved.reshape(*moved.shape[:axis], -1, *moved.shape[axis + 2 :])


def split_kernels(kernels: Array, count: int) -> Array:
    """Extract the kernels of single groups from those of merged groups.

    These are the blocks on the diagonal: `(G / count, *window, count * C, count * O)` becomes
    `(G, *window, C, O)`.
    """
    if count == 1:
        return kernels
    *rest, channels, features = kernels.shape
    blocks = kernels.reshape(*rest, count, channels // count, count, features // count)
    diagonal = jnp.stack([blocks[..., m, :, m, :] for m in range(count)], 1)
    return diagonal.reshape(-1, *diagonal.shape[2:])
