"""Grouped convolutions as dense ones."""

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
    inputs = _split(lhs, _grouped_axis(convolution), convolution.groups)
    kernels = _split(rhs, numbers.rhs_spec[0], convolution.groups)
    if unroll:
        outputs = jnp.stack([compute(part, x, k) for x, k in zip(inputs, kernels, strict=True)])
    else:
        outputs = lax.map(lambda pair: compute(part, *pair), (inputs, kernels))
    return _join(outputs, numbers.out_spec[1])


def group_of(convolution: Convolution) -> Convolution:
    """Returns the dense convolution of one group."""
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
    """Cuts an axis in groups, which come first."""
    shape = array.shape
    cut = array.reshape(*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :])
    return jnp.moveaxis(cut, axis, 0)


def _join(parts: Array, axis: int) -> Array:
    """The inverse of `_split`."""
    moved = jnp.moveaxis(parts, 0, axis)
    return moved.reshape(*moved.shape[:axis], -1, *moved.shape[axis + 2 :])


def split_kernels(kernels: Array, count: int) -> Array:
    """Takes from the kernels of merged groups what belongs to each.

    `(G / count, *window, count * C, count * O)` becomes `(G, *window, C, O)`.
    """
    if count == 1:
        return kernels
    *rest, channels, features = kernels.shape
    blocks = kernels.reshape(*rest, count, channels // count, count, features // count)
    own = jnp.stack([blocks[..., m, :, m, :] for m in range(count)], 1)
    return own.reshape(-1, *own.shape[2:])
