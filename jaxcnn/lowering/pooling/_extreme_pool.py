"""Pool by the largest or smallest element of each window, and its gradient by comparisons."""

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
from jaxcnn.lowering._sliding_window import Pairs, SlidingWindow
from jaxcnn.lowering.pooling._reduce_windows import reduce_windows
from jaxcnn.lowering.pooling._taps import fold_taps, padded
from jaxcnn.lowering.pooling._values_at_places import at_places


def smallest(dtype: DTypeLike) -> np.ndarray:
    """Returns the identity of max: minus infinity or the smallest integer."""
    is_float = jnp.issubdtype(dtype, jnp.floating)
    return np.array(-np.inf if is_float else jnp.iinfo(dtype).min, dtype)


def largest(dtype: DTypeLike) -> np.ndarray:
    """Returns the identity of min: infinity or the largest integer."""
    is_float = jnp.issubdtype(dtype, jnp.floating)
    return np.array(np.inf if is_float else jnp.iinfo(dtype).max, dtype)


@dataclasses.dataclass(frozen=True)
class Extreme:
    """Largest or smallest.

    Attributes:
        pick: returns the more extreme of two, NaN if one of them is NaN.
        keeps: whether the first of two is at least as extreme; False if one of them is NaN.
        identity: returns what every other value of a dtype is at least as extreme as.
    """

    pick: Callable[[Array, Array], Array]
    keeps: Callable[[Array, Array], Array]
    identity: Callable[[DTypeLike], np.ndarray]


MAX = Extreme(lax.max, lax.ge, smallest)
"""Take the largest element of each window."""
MIN = Extreme(lax.min, lax.le, largest)
"""Take the smallest element of each window."""


def first_places(operand: Array, window: SlidingWindow, extreme: Extreme, *, inside: bool) -> Array:
    """Returns the row-major place in each window of its first most extreme element.

    It walks through a window as XLA's select-and-scatter does: what follows a NaN is chosen in its
    stead.

    Args:
        operand: array of shape `window.shape`.
        window: what slides over it; none may see only padding.
        extreme: largest or smallest.
        inside: whether an element is chosen before padding where all are as extreme as padding;
            if not, the first is, as by XLA.

    Returns:
        Integers of shape `window.outputs`, of a dtype whose largest number is no place.
    """
    walk = partial(_walk, window=window, extreme=extreme, inside=inside and window.is_padded)
    return lax.platform_dependent(operand, cpu=partial(_apart, walk), default=walk)


def _apart(walk, operand: Array) -> Array:
    """Calls a compiled function that XLA may not fuse with what uses its result.

    On CPU, XLA would compute the places anew for every element that asks for one. An optimization
    barrier does not keep it from that.
    """
    with set_xla_metadata(inlineable="false"):
        return walk(operand)


@partial(jax.jit, static_argnames=("window", "extreme", "inside"))
def _walk(operand: Array, window: SlidingWindow, extreme: Extreme, *, inside: bool) -> Array:
    dtype = np.uint8 if window.elements <= np.iinfo(np.uint8).max else np.int32
    identity = extreme.identity(operand.dtype)

    def first(tap: Array) -> tuple[Array, Array]:
        return tap, jnp.zeros_like(tap, dtype)

    def step(best: tuple[Array, Array], number: int | Array, tap: Array) -> tuple[Array, Array]:
        value, place = best
        keeps = extreme.keeps(value, tap)
        number = jnp.full_like(place, number)
        return lax.select(keeps, value, tap), lax.select(keeps, place, number)

    value, place = fold_taps(step, first, padded(operand, window, identity), window)
    if inside:
        place = jnp.where(value == identity, jnp.asarray(_first_inside(window, dtype)), place)
    return place


def _first_inside(window: SlidingWindow, dtype: np.dtype | type) -> np.ndarray:
    """Returns the first place in each window that is no padding; it broadcasts to `outputs`."""
    rows = zip(window.outputs, window.strides, window.padding, strict=True)
    along = [
        np.maximum(low - np.arange(outputs if low else 1) * stride, 0)
        for outputs, stride, (low, _) in rows
    ]
    places = np.ravel_multi_index(np.broadcast_arrays(*np.ix_(*along)), window.sizes)
    return places.astype(dtype)


def max_windows(operand: Array, window: SlidingWindow) -> Array:
    """Takes the largest element that the window sees at each place; see `pool_extreme`."""
    return pool_extreme(operand, window, MAX)


def min_windows(operand: Array, window: SlidingWindow) -> Array:
    """Takes the smallest element that the window sees at each place; see `pool_extreme`."""
    return pool_extreme(operand, window, MIN)


def pool_extreme(operand: Array, window: SlidingWindow, extreme: Extreme) -> Array:
    """Takes the largest or smallest element of every window.

    Its derivatives of every order and both modes are made of comparisons and sums: no scatter and
    no select-and-scatter, which are slow on CPUs and not deterministic on GPUs.

    Args:
        operand: floats or integers, of shape `window.shape`.
        window: what slides over it; none may see only padding.
        extreme: largest or smallest.

    Returns:
        Array of shape `window.outputs` and the operand's dtype.
    """
    if not jnp.issubdtype(operand.dtype, jnp.floating):
        return _pool(operand, window, extreme)
    return _differentiable_pool(operand, window, extreme)


def _pool(operand: Array, window: SlidingWindow, extreme: Extreme) -> Array:
    return reduce_windows(operand, window, extreme.pick, extreme.identity(operand.dtype))


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _differentiable_pool(operand: Array, window: SlidingWindow, extreme: Extreme) -> Array:
    return _pool(operand, window, extreme)


@_differentiable_pool.defjvp
def _jvp(
    window: SlidingWindow, extreme: Extreme, primals: tuple[Array], tangents: tuple[Array]
) -> tuple[Array, Array]:
    (operand,), (tangent,) = primals, tangents
    places = first_places(lax.stop_gradient(operand), window, extreme, inside=True)
    return _differentiable_pool(operand, window, extreme), at_places(tangent, places, window)


EXTREMES: dict[Primitive, Extreme] = {lax.ge_p: MAX, lax.le_p: MIN}


def pool_gradient_method(
    source: ShapedArray,
    operand: ShapedArray,
    *,
    select_prim: Primitive,
    window_dimensions: tuple[int, ...],
    window_strides: tuple[int, ...],
    padding: Pairs,
    **_: object,
) -> Computation | None:
    """Names the method for one `jax.lax.select_and_scatter_add_p` on a CPU.

    Args:
        source: type of the gradient of the pooling's result.
        operand: type of what was pooled.
        select_prim: which comparison chooses.
        window_dimensions: sizes of the window, for every axis.
        window_strides: its steps.
        padding: (low, high) of every axis.

    Returns:
        A function of source and operand; None where they are not both floats, or both integers, of
        one dtype, or another comparison chooses.
    """
    is_number = jnp.issubdtype(operand.dtype, jnp.floating) or jnp.issubdtype(
        operand.dtype, jnp.integer
    )
    if select_prim not in EXTREMES or source.dtype != operand.dtype or not is_number:
        return None
    window = SlidingWindow(operand.shape, window_dimensions, window_strides, padding)
    return partial(_route_back, window=window, extreme=EXTREMES[select_prim])


def _route_back(source: Array, operand: Array, *, window: SlidingWindow, extreme: Extreme) -> Array:
    places = first_places(operand, window, extreme, inside=False)
    (gradient,) = jax.linear_transpose(lambda t: at_places(t, places, window), operand)(source)
    return gradient
