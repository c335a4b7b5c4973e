"""Max- and min-pooling, with gradients computed by comparisons."""

import dataclasses
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.core import ShapedArray
from jax.experimental.xla_metadata import set_xla_metadata
from jax.extend.core import Primitive
from jax.typing import DTypeLike

from jaxcnn.lowering._cpu_rule import Computation
from jaxcnn.lowering._sliding_window import PaddingPairs, SlidingWindow
from jaxcnn.lowering.pooling._primitives import bind_window, window_primitive
from jaxcnn.lowering.pooling._reduce_windows import (
    identity_of_max,
    identity_of_min,
    reduce_windows,
)
from jaxcnn.lowering.pooling._taps import fold_taps, padded
from jaxcnn.lowering.pooling._values_at_positions import values_at


@dataclasses.dataclass(frozen=True)
class Extreme:
    """The operations of max-pooling or min-pooling.

    Attributes:
        pick: Returns the more extreme of two values, NaN if one of them is NaN.
        keeps: Whether the first of two values is at least as extreme; False if one is NaN.
        identity: Returns the least extreme value of a dtype.
    """

    pick: Callable[[Array, Array], Array]
    keeps: Callable[[Array, Array], Array]
    identity: Callable[[DTypeLike], np.ndarray]


MAX = Extreme(lax.max, lax.ge, identity_of_max)
"""Take the largest element of each window."""
MIN = Extreme(lax.min, lax.le, identity_of_min)
"""Take the smallest element of each window."""


def first_positions(
    operand: Array, window: SlidingWindow, extreme: Extreme, *, inside: bool
) -> Array:
    """Find the position of the first most extreme element in each window.

    Positions are row-major within the window. NaNs are treated as in XLA's select-and-scatter: the
    element that follows a NaN is chosen instead of it.

    Args:
        operand: Array of shape `window.shape`.
        window: The window; at no position may the window cover only padding.
        extreme: `MAX` or `MIN`.
        inside: Whether to prefer an element to padding if no element is more extreme than the
            padding. If False, the first position is chosen, as by XLA.

    Returns:
        Integers of shape `window.outputs`. The largest value of their dtype is not a position.
    """
    inside = inside and window.is_padded
    return bind_window(first_positions_p, operand, window, extreme=extreme, inside=inside)


def _first_positions_on_cpu(
    operand: Array, window: SlidingWindow, extreme: Extreme, *, inside: bool
) -> Array:
    return _apart(_walk(operand, window, extreme, inside=inside))


def _apart(positions: Array) -> Array:
    """Return the positions by a call that XLA cannot fuse with the users of its result.

    On CPUs, XLA would recompute the positions for every element that reads one. An optimization
    barrier does not prevent that. It is still free to fuse the search with what computes the
    operand, which then takes no memory.
    """
    with set_xla_metadata(inlineable="false"):
        return _same(positions)


@jax.jit
def _same(positions: Array) -> Array:
    return lax.optimization_barrier(positions)


def _walk(operand: Array, window: SlidingWindow, extreme: Extreme, *, inside: bool) -> Array:
    dtype = _dtype_of_positions(window)
    identity = extreme.identity(operand.dtype)

    def first(tap: Array) -> tuple[Array, Array]:
        return tap, jnp.zeros_like(tap, dtype)

    def step(best: tuple[Array, Array], number: int | Array, tap: Array) -> tuple[Array, Array]:
        value, position = best
        keeps = extreme.keeps(value, tap)
        number = jnp.full_like(position, number)
        return lax.select(keeps, value, tap), lax.select(keeps, position, number)

    value, position = fold_taps(step, first, padded(operand, window, identity), window)
    if inside:
        position = jnp.where(value == identity, jnp.asarray(_first_inside(window, dtype)), position)
    return position


def _dtype_of_positions(window: SlidingWindow) -> type[np.integer]:
    return np.uint8 if window.elements <= np.iinfo(np.uint8).max else np.int32


first_positions_p = window_primitive(
    "jaxcnn_first_positions", cpu=_first_positions_on_cpu, default=_walk, dtype=_dtype_of_positions
)


def _first_inside(window: SlidingWindow, dtype: type[np.integer]) -> np.ndarray:
    """Return the first position in each window that is not padding; broadcasts to `outputs`."""
    rows = zip(window.outputs, window.strides, window.padding, strict=True)
    along = [
        np.maximum(low - np.arange(outputs if low else 1) * stride, 0)
        for outputs, stride, (low, _) in rows
    ]
    positions = np.ravel_multi_index(np.broadcast_arrays(*np.ix_(*along)), window.sizes)
    return positions.astype(dtype)


def max_windows(operand: Array, window: SlidingWindow) -> Array:
    """Return the largest element of each window (max-pooling).

    Derivatives of every order, in forward and reverse mode, are computed by comparisons and sums.

    Args:
        operand: Floats or integers, of shape `window.shape`.
        window: The window; at no position may the window cover only padding.

    Returns:
        Array of shape `window.outputs` and the operand's dtype.
    """
    return pool_extreme(operand, window, MAX)


def min_windows(operand: Array, window: SlidingWindow) -> Array:
    """Return the smallest element of each window (min-pooling).

    Derivatives of every order, in forward and reverse mode, are computed by comparisons and sums.

    Args:
        operand: Floats or integers, of shape `window.shape`.
        window: The window; at no position may the window cover only padding.

    Returns:
        Array of shape `window.outputs` and the operand's dtype.
    """
    return pool_extreme(operand, window, MIN)


def pool_extreme(operand: Array, window: SlidingWindow, extreme: Extreme) -> Array:
    """Return the largest or smallest element of each window.

    Derivatives of every order, in forward and reverse mode, are computed by comparisons and sums.
    They use neither scatter nor select-and-scatter, which are slow on CPUs and not deterministic on
    GPUs.

    Args:
        operand: Floats or integers, of shape `window.shape`.
        window: The window; at no position may the window cover only padding.
        extreme: `MAX` or `MIN`.

    Returns:
        Array of shape `window.outputs` and the operand's dtype.
    """
    if not jnp.issubdtype(operand.dtype, jnp.floating):
        return _pool(operand, window, extreme)
    return _differentiable_pool(operand, window, extreme)


def _pool(operand: Array, window: SlidingWindow, extreme: Extreme) -> Array:
    return reduce_windows(operand, window, extreme.pick)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _differentiable_pool(operand: Array, window: SlidingWindow, extreme: Extreme) -> Array:
    return _pool(operand, window, extreme)


@_differentiable_pool.defjvp
def _jvp(
    window: SlidingWindow, extreme: Extreme, primals: tuple[Array], tangents: tuple[Array]
) -> tuple[Array, Array]:
    (operand,), (tangent,) = primals, tangents
    positions = first_positions(lax.stop_gradient(operand), window, extreme, inside=True)
    return _differentiable_pool(operand, window, extreme), values_at(tangent, positions, window)


EXTREMES: dict[Primitive, Extreme] = {lax.ge_p: MAX, lax.le_p: MIN}


def pool_gradient_method(
    source: ShapedArray,
    operand: ShapedArray,
    *,
    select_prim: Primitive,
    window_dimensions: tuple[int, ...],
    window_strides: tuple[int, ...],
    padding: PaddingPairs,
    **_: object,
) -> Computation | None:
    """Choose the method for one `jax.lax.select_and_scatter_add_p` on a CPU.

    Args:
        source: Type of the gradient with respect to the pooling's result.
        operand: Type of the pooling's input.
        select_prim: The comparison that selects an element.
        window_dimensions: Sizes of the window, one per axis.
        window_strides: Strides of the window, one per axis.
        padding: One pair (low, high) per axis.

    Returns:
        A function of source and operand; None if these are not floats or integers of one dtype, or
        the comparison is neither ``>=`` nor ``<=``.
    """
    is_number = jnp.issubdtype(operand.dtype, jnp.floating) or jnp.issubdtype(
        operand.dtype, jnp.integer
    )
    if select_prim not in EXTREMES or source.dtype != operand.dtype or not is_number:
        return None
    window = SlidingWindow(operand.shape, window_dimensions, window_strides, padding)
    return partial(_route_back, window=window, extreme=EXTREMES[select_prim])


def _route_back(source: Array, operand: Array, *, window: SlidingWindow, extreme: Extreme) -> Array:
    positions = _first_positions_on_cpu(operand, window, extreme, inside=False)
    (gradient,) = jax.linear_transpose(lambda t: values_at(t, positions, window), operand)(source)
    return gradient
