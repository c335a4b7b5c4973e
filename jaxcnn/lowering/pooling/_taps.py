"""Taps of a window: the elements at one of its positions in all windows, a strided slice."""

from collections.abc import Callable, Iterator
from functools import reduce
from itertools import product
from typing import TypeVar

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn.lowering._sliding_window import SlidingWindow

Carry = TypeVar("Carry")

MAX_UNROLLED = 64
"""Longer loops are not unrolled, to keep compile times short."""


def padded(array: Array, window: SlidingWindow, value: ArrayLike) -> Array:
    """Return the array with the window's padding around it."""
    if not window.is_padded:
        return array
    return lax.pad(array, value, [(low, high, 0) for low, high in window.padding])


def fold_taps(
    step: Callable[[Carry, int | Array, Array], Carry],
    first: Callable[[Array], Carry],
    array: Array,
    window: SlidingWindow,
) -> Carry:
    """Fold the taps of a window from left to right, in row-major order.

    Args:
        step: Takes the result so far, the position in the window and its tap: the strided slice of
            shape `window.outputs` with the element at that position of each window.
        first: Makes the initial result from the first tap.
        array: The array, padded.
        window: The window.
    """
    starts = np.array(list(product(*map(range, window.sizes))))
    tap = _tapper(array, window)
    carry = first(tap(starts[0]))
    if window.elements <= MAX_UNROLLED:
        numbered = enumerate(starts[1:], start=1)
        return reduce(lambda carry, item: step(carry, item[0], tap(item[1])), numbered, carry)

    positions = np.arange(1, window.elements, dtype=np.int32)
    carry, _ = lax.scan(
        lambda carry, item: (step(carry, item[0], tap(item[1])), None),
        carry,
        (jnp.asarray(positions), jnp.asarray(starts[1:], jnp.int32)),
    )
    return carry


def _tapper(array: Array, window: SlidingWindow) -> Callable[[np.ndarray | Array], Array]:
    """Return the function from the index of an element in the first window to its tap."""
    rows = zip(window.outputs, window.strides, strict=True)
    extents = [(count - 1) * stride + 1 for count, stride in rows]

    def tap(start: np.ndarray | Array) -> Array:
        if isinstance(start, np.ndarray):
            return lax.slice(array, start.tolist(), (start + extents).tolist(), window.strides)
        extent = lax.dynamic_slice(array, list(start), extents)
        return lax.slice(extent, (0,) * array.ndim, extents, window.strides)

    return tap


def padded_taps(array: Array, window: SlidingWindow, value: ArrayLike) -> Iterator[Array]:
    """Yield all taps of an unpadded array, in row-major order.

    Each tap is padded, not the whole array. This takes more computation, but no second array in
    memory.
    """
    for position in product(*map(range, window.sizes)):
        starts, limits, padding = [], [], []
        rows = zip(
            position, window.shape, window.outputs, window.strides, window.padding, strict=True
        )
        for index, size, outputs, stride, (low, _) in rows:
            offset = index - low
            first = min(max(-(offset // stride), 0), outputs)
            end = max(min((size - 1 - offset) // stride + 1, outputs), first)
            start = first * stride + offset if end > first else 0
            starts.append(start)
            limits.append(start + (end - first - 1) * stride + 1 if end > first else start)
            padding.append((first, outputs - end, 0))
        inside = lax.slice(array, starts, limits, window.strides)
        is_whole = inside.shape == window.outputs
        yield inside if is_whole else lax.pad(inside, value, padding)
