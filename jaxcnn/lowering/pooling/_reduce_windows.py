"""Reduce windows, by the fastest method of each backend."""

import functools
import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.extend.core import Primitive
from jax.typing import DTypeLike

from jaxcnn.lowering._sliding_window import SlidingWindow
from jaxcnn.lowering.pooling._primitives import bind_window, window_primitive
from jaxcnn.lowering.pooling._taps import MAX_UNROLLED, fold_taps, padded, padded_taps
from jaxcnn.lowering.pooling._values_at_positions import blocks_of_a_window, values_at

Reducer = Callable[[Array, Array], Array]

MAX_AT_ONCE = 9
"""Windows with more elements, and gradients over more blocks, are computed axis by axis.

A 3×3 window is faster in one step, a 5×5 window axis by axis.
"""


def reduce_windows(operand: Array, window: SlidingWindow, reducer: Reducer) -> Array:
    """Reduce every window by `lax.max`, `lax.min` or `lax.add`.

    To differentiate, use `pool_extreme` or `sum_windows` instead.

    Args:
        operand: Array of shape `window.shape`.
        window: The window.
        reducer: The reduction; the padding is its identity.

    Returns:
        Array of shape `window.outputs`.
    """
    reduction = REDUCTIONS[reducer]
    if sum(window.sizes) > MAX_UNROLLED:
        identity = reduction.identity(operand.dtype)
        return lax.reduce_window(
            operand, identity, reducer, window.sizes, window.strides, window.padding
        )
    return bind_window(reduction.primitive, operand, window)


def _by_taps(operand: Array, window: SlidingWindow, *, reducer: Reducer) -> Array:
    method = _at_once if window.elements <= MAX_AT_ONCE else _by_axis
    return method(operand, window, reducer, REDUCTIONS[reducer].identity(operand.dtype))


def _at_once(
    operand: Array, window: SlidingWindow, reducer: Reducer, identity: np.ndarray
) -> Array:
    """Reduce all elements of a window in one chain of strided slices."""
    return functools.reduce(reducer, padded_taps(operand, window, identity))


def _by_axis(
    operand: Array, window: SlidingWindow, reducer: Reducer, identity: np.ndarray
) -> Array:
    """Reduce one axis after the other, each in a chain of strided slices."""

    def along_axis(array: Array, along: SlidingWindow) -> Array:
        return fold_taps(lambda so_far, _, tap: reducer(so_far, tap), lambda tap: tap, array, along)

    return _axis_after_axis(along_axis, operand, window, identity)


def _axis_after_axis(
    along_axis: Callable[[Array, SlidingWindow], Array],
    operand: Array,
    window: SlidingWindow,
    identity: np.ndarray,
) -> Array:
    array = padded(operand, window, identity)
    for axis in reversed(range(array.ndim)):
        size, stride = window.sizes[axis], window.strides[axis]
        if size > 1 or stride > 1:
            array = along_axis(array, SlidingWindow.along(array.shape, axis, size, stride))
    return array


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def sum_windows(operand: Array, window: SlidingWindow) -> Array:
    """Sum the elements of every window; differentiable.

    Args:
        operand: Floats of shape `window.shape`.
        window: The window.

    Returns:
        Array of shape `window.outputs` and the operand's dtype.
    """
    return reduce_windows(operand, window, lax.add)


@sum_windows.defjvp
def _jvp_of_sum(
    window: SlidingWindow, primals: tuple[Array], tangents: tuple[Array]
) -> tuple[Array, Array]:
    (operand,), (tangent,) = primals, tangents
    return sum_windows(operand, window), _sum_of_blocks(tangent, window)


def _sum_of_blocks(array: Array, window: SlidingWindow) -> Array:
    """Return the same sum in a form whose transpose is fast."""
    if math.prod(blocks_of_a_window(window)) <= MAX_AT_ONCE:
        return values_at(array, None, window)
    zero = np.zeros((), array.dtype)
    return _axis_after_axis(lambda x, along: values_at(x, None, along), array, window, zero)


def identity_of_max(dtype: DTypeLike) -> np.ndarray:
    """Return the identity of max: minus infinity, or the smallest integer of the dtype."""
    is_float = jnp.issubdtype(dtype, jnp.floating)
    return np.array(-np.inf if is_float else jnp.iinfo(dtype).min, dtype)


def identity_of_min(dtype: DTypeLike) -> np.ndarray:
    """Return the identity of min: infinity, or the largest integer of the dtype."""
    is_float = jnp.issubdtype(dtype, jnp.floating)
    return np.array(np.inf if is_float else jnp.iinfo(dtype).max, dtype)


class _Reduction(NamedTuple):
    primitive: Primitive
    identity: Callable[[DTypeLike], np.ndarray]


def _reduction(
    of_jax: Primitive, reducer: Reducer, identity: Callable[[DTypeLike], np.ndarray]
) -> _Reduction:
    on_cpu = partial(_by_taps, reducer=reducer)
    # By JAX's name and parameters, exporters of programs know the primitive.
    primitive = window_primitive(of_jax.name, cpu=on_cpu, default=partial(bind_window, of_jax))
    return _Reduction(primitive, identity)


REDUCTIONS: dict[Any, _Reduction] = {
    lax.max: _reduction(lax.reduce_window_max_p, lax.max, identity_of_max),
    lax.min: _reduction(lax.reduce_window_min_p, lax.min, identity_of_min),
    lax.add: _reduction(lax.reduce_window_sum_p, lax.add, partial(np.zeros, ())),
}
