"""Grouped convolutions as several dense ones."""

from collections.abc import Callable

import jax.numpy as jnp
from jax import Array, lax

Dense = Callable[[Array, Array], Array]


def map_groups(dense: Dense, first: Array, second: Array) -> Array:
    """Applies a function of two arrays to each group, the leading axis."""
    if first.shape[0] == 1:
        return dense(first[0], second[0])[None]
    return lax.map(lambda pair: dense(*pair), (first, second))


def merge_channels(array: Array, count: int) -> Array:
    """Makes `count` groups one, their channels side by side.

    `(G, N, *spatial, C)` becomes `(G / count, N, *spatial, count * C)`.
    """
    if count == 1:
        return array
    split = array.reshape(array.shape[0] // count, count, *array.shape[1:])
    moved = jnp.moveaxis(split, 1, -2)
    return moved.reshape(*moved.shape[:-2], -1)


def split_channels(array: Array, count: int) -> Array:
    """The inverse of `merge_channels`."""
    if count == 1:
        return array
    split = jnp.moveaxis(array.reshape(*array.shape[:-1], count, -1), -2, 1)
    return split.reshape(-1, *split.shape[2:])


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
