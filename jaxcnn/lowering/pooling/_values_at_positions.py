"""Select one element per window; the transpose carries gradients back to it.

A window of k elements with stride s covers ceil(k / s) neighboring blocks of s elements. The array
is cut into such blocks, and the elements of a block are compared with the position that each
window selected. So there is one term per block of a window, not one per element, and the transpose
writes every element once where windows do not overlap.
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
"""The index of a block in its window, one per axis: a tuple of ints; in loops a list of arrays."""


def values_at(values: Array, positions: Array | None, window: SlidingWindow) -> Array:
    """Return the value at the given position of each window; linear in the values.

    Args:
        values: Array of shape `window.shape`; the padding is 0.
        positions: Row-major positions in the windows: integers of shape `window.outputs`. If None,
            the values at all positions are summed.
        window: The window that slides over the values.

    Returns:
        Array of shape `window.outputs`.
    """
    blocks = _blocks(values, window)
    starts = list(product(*map(range, blocks_of_a_window(window))))
    total = _chosen_in_block(blocks, positions, window, starts[0])
    if len(starts) <= MAX_UNROLLED:
        return sum(
            (_chosen_in_block(blocks, positions, window, start) for start in starts[1:]), total
        )

    def add(total: Array, start: Array) -> tuple[Array, None]:
        return total + _chosen_in_block(blocks, positions, window, list(start)), None

    return lax.scan(add, total, jnp.asarray(starts[1:], jnp.int32))[0]


def blocks_of_a_window(window: SlidingWindow) -> list[int]:
    """Return the number of neighboring blocks that a window covers along each axis."""
    return [-(-k // s) for k, s in zip(window.sizes, window.strides, strict=True)]


def _blocks(values: Array, window: SlidingWindow) -> Array:
    """Cut every axis with a stride above 1 into two: blocks, and the elements of a block."""
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
    """Return one entry per axis, followed by the stride, or `inner`, where the axis is cut."""
    entries = []
    for size, stride in zip(sizes, window.strides, strict=True):
        entries.append(size)
        if stride > 1:
            entries.append(stride if inner is None else inner)
    return entries


def _within(window: SlidingWindow) -> tuple[int, ...]:
    """Return the axes of the cut array that run within a block."""
    is_within = _cut(window, [0] * len(window.shape), inner=1)
    return tuple(axis for axis, yes in enumerate(is_within) if yes)


def _chosen_in_block(
    blocks: Array, positions: Array | None, window: SlidingWindow, start: Start
) -> Array:
    """Return the sum of each window's selected values (none, one or all) in one of its blocks."""
    starts, sizes = _cut(window, start, inner=0), _cut(window, window.outputs)
    if isinstance(start, tuple):
        block = lax.slice(blocks, starts, np.add(starts, sizes).tolist())
    else:
        block = lax.dynamic_slice(blocks, starts, sizes)
    within = _within(window)
    number, is_beyond = _numbers(start, window)
    if positions is None:
        chosen = jnp.broadcast_to(~is_beyond, block.shape)
    else:
        none = np.iinfo(positions.dtype).max
        number = jnp.where(is_beyond, none, number).astype(positions.dtype)
        chosen = jnp.equal(lax.expand_dims(positions, within), number)
    return jnp.sum(jnp.where(chosen, block, jnp.zeros_like(block)), within, blocks.dtype)


def _numbers(start: Start, window: SlidingWindow) -> tuple[Array, Array]:
    """Return the window positions of a block's elements, and which are beyond the window.

    Both broadcast to the shape of the cut array. They are computed, because XLA's loops on CPUs
    are slower where they read constants.
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
