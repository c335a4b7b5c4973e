"""Grouped convolutions as dense ones: one after another, or several as one."""

import dataclasses
from collections.abc import Callable

import jax.numpy as jnp
from jax import Array, lax

from jaxcnn.lowering._convolution import Convolution

Compute = Callable[[Convolution, Array, Array], Array]


def by_groups(
    convolution: Convolution,
    lhs: Array,
    rhs: Array,
    compute: Compute,
    *,
    unroll: bool,
) -> Array:
    """Convolves group after group.

    Args:
        convolution: what is convolved.
        lhs: the input.
        rhs: the kernel.
        compute: does the dense convolution of a group, which is `group_of(convolution)`.
        unroll: whether there is no loop, which would take longer to compile: XLA's own
            convolutions can be a hundred times as slow in a loop.
    """
    numbers, part = convolution.dimension_numbers, group_of(convolution)
    grouped_axis = numbers.lhs_spec[1 if convolution.feature_groups > 1 else 0]
    inputs = _split(lhs, grouped_axis, convolution.groups)
    kernels = _split(rhs, numbers.rhs_spec[0], convolution.groups)
    if unroll:
        outputs = jnp.stack([compute(part, x, k) for x, k in zip(inputs, kernels, strict=True)])
    else:
        outputs = lax.map(lambda pair: compute(part, *pair), (inputs, kernels))
    return _join(outputs, numbers.out_spec[1])


def group_of(convolution: Convolution) -> Convolution:
    """Returns the dense convolution of one group."""
    numbers, groups = convolution.dimension_numbers, convolution.groups
    grouped_axis = numbers.lhs_spec[1 if convolution.feature_groups > 1 else 0]
    return dataclasses.replace(
        convolution,
        lhs_shape=_divided(convolution.lhs_shape, grouped_axis, groups),
        rhs_shape=_divided(convolution.rhs_shape, numbers.rhs_spec[0], groups),
        feature_groups=1,
        batch_groups=1,
    )


def _divided(shape: tuple[int, ...], axis: int, groups: int) -> tuple[int, ...]:
    return (*shape[:axis], shape[axis] // groups, *shape[axis + 1 :])


def _split(array: Array, axis: int, groups: int) -> Array:
    """Cuts an axis in groups, which come first."""
    shape = array.shape
    cut = array.reshape(*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :])
    return jnp.moveaxis(cut, axis, 0)


def _join(parts: Array, axis: int) -> Array:
    """The inverse of `_split`."""
    moved = jnp.moveaxis(parts, 0, axis)
    return moved.reshape(*moved.shape[:axis], -1, *moved.shape[axis + 2 :])


def merge_kernels(kernels: Array, count: int) -> Array:
    """Makes `count` groups' kernels one that keeps their channels apart by zeros.

    `(G, *window, C, O)` becomes `(G / count, *window, count * C, count * O)`.
    """
    if count == 1:
        return kernels
    split = kernels.reshape(-1, count, *kernels.shape[1:])
    apart = jnp.eye(count, dtype=kernels.dtype)
    merged = jnp.einsum("gm...co,mn->g...mcno", split, apart)
    return merged.reshape(*merged.shape[:-4], count * kernels.shape[-2], count * kernels.shape[-1])


def split_kernels(kernels: Array, count: int) -> Array:
    """Takes from merged kernels what belongs to each group; undoes `merge_kernels`."""
    if count == 1:
        return kernels
    *rest, channels, features = kernels.shape
    blocks = kernels.reshape(*rest, count, channels // count, count, features // count)
    own = jnp.stack([blocks[..., m, :, m, :] for m in range(count)], 1)
    return own.reshape(-1, *own.shape[2:])
