"""Values carried from a chosen element of each window, and by transposition back to it.

A window of k elements that steps by s sees ceil(k / s) neighboring blocks of s. The array is cut
into blocks, and each block's elements ask whether they are the one that a window chose. So there is
one term for each block of a window, not one for each element, and the transpose writes every
element once where windows do not overlap.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from jaxcnn.lowering._sliding_window import SlidingWindow
from jaxcnn.lowering.pooling._taps import MAX_UNROLLED

Start = Sequence[int] | list[Array]
"""Which block of a window, axis by axis: a tuple of ints, or in a loop a list of arrays."""


def at_places(values: Array, places: Array | None, window: SlidingWindow) -> Array:
    """Returns from each window the value at its place: linear in the values.

    Args:
        values: array of shape `window.shape`; 0 around it.
        places: integers of shape `window.outputs`: row-major places in each window. None sums the
            values at all places.
        window: what slides over the values.

    Returns:
        Array of shape `window.outputs`.
    """
    blocks = _blocks(values, window)
    starts = list(product(*map(range, blocks_of_a_window(window))))
    total = _chosen_in_block(blocks, places, window, starts[0])
    if len(starts) <= MAX_UNROLLED:
        return sum((_chosen_in_block(blocks, places, window, start) for start in starts[1:]), total)

    def add(total: Array, start: Array) -> tuple[Array, None]:
        return total + _chosen_in_block(blocks, places, window, list(start)), None

    return lax.scan(add, total, jnp.asarray(starts[1:], jnp.int32))[0]


def blocks_of_a_window(window: SlidingWindow) -> list[int]:
    """Returns how many neighboring blocks a window sees along each axis."""
    return [-(-k // s) for k, s in zip(window.sizes, window.strides, strict=True)]


def _blocks(values: Array, window: SlidingWindow) -> Array:
    """Cuts every axis that is strided over into two: blocks, and the elements of a block."""
    rows = zip(
        window.shape,
        window.outputs,
        blocks_of_a_window(window),
        window.strides,
        window.padding,
        strict=True,
    )
    padding, sizes = [], []
    for size, outputs, of_a_window, stride, (low, _) in rows:
        blocks = outputs + of_a_window - 1
        padding.append((low, blocks * stride - size - low, 0))
        sizes.append(blocks)
    return lax.pad(values, np.zeros((), values.dtype), padding).reshape(_cut(window, sizes))


def _cut(window: SlidingWindow, sizes: Start, inner: int | None = None) -> list[Any]:
    """Returns one entry an axis, and after it the stride, or `inner`, where the axis is cut."""
    entries = []
    for size, stride in zip(sizes, window.strides, strict=True):
        entries.append(size)
        if stride > 1:
            entries.append(stride if inner is None else inner)
    return entries


def _within(window: SlidingWindow) -> tuple[int, ...]:
    """Returns the axes of the cut array that lie within a block."""
    is_within = _cut(window, [0] * len(window.shape), inner=1)
    return tuple(axis for axis, yes in enumerate(is_within) if yes)


def _chosen_in_block(
    blocks: Array, places: Array | None, window: SlidingWindow, start: Start
) -> Array:
    """Returns the sum of each window's chosen values, none or one or all, in one of its blocks."""
    starts, sizes = _cut(window, start, inner=0), _cut(window, window.outputs)
    if isinstance(start, tuple):
        block = lax.slice(blocks, starts, np.add(starts, sizes).tolist())
    else:
        block = lax.dynamic_slice(blocks, starts, sizes)
    within = _within(window)
    number, is_beyond = _numbers(start, window)
    if places is None:
        chosen = jnp.broadcast_to(~is_beyond, block.shape)
    else:
        none = np.iinfo(places.dtype).max
        number = jnp.where(is_beyond, none, number).astype(places.dtype)
        chosen = jnp.equal(lax.expand_dims(places, within), number)
    return jnp.sum(jnp.where(chosen, block, jnp.zeros_like(block)), within, blocks.dtype)


def _numbers(start: Start, window: SlidingWindow) -> tuple[Array, Array]:
    """Numbers the places of a window's block, and says which lie beyond the window.

    Both broadcast to the shape of the cut array. They are counted, not constants: XLA's loops on
    CPU are slower where they read one.
    """
    shape = _cut(window, [1] * len(start))
    number, is_beyond = jnp.zeros(shape, jnp.int32), jnp.zeros(shape, bool)
    axis = 0
    for block, stride, size in zip(start, window.strides, window.sizes, strict=True):
        axis += 1 if stride == 1 else 2
        index = lax.broadcasted_iota(jnp.int32, shape, axis - 1) + block * stride
        number = number * size + index
        is_beyond = is_beyond | (index >= size)
    return number, is_beyond
