"""Pool by the largest or smallest element of each window, and its gradient by comparisons."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.core import ShapedArray
from jax.extend.core import Primitive

from jaxcnn.lowering._cpu_rule import Computation
from jaxcnn.lowering._sliding_window import Pairs, SlidingWindow
from jaxcnn.lowering.pooling._max_and_min import MAX, MIN, Extreme, first_places
from jaxcnn.lowering.pooling._reduce_windows import reduce_windows
from jaxcnn.lowering.pooling._values_at_places import at_places


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
