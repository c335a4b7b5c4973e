"""Pool by the largest or smallest element of each window, and its gradient by comparisons."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.core import ShapedArray
from jax.extend.core import Primitive

from jaxcnn.lowering._convolution import Pairs
from jaxcnn.lowering._cpu_rule import Computation
from jaxcnn.lowering.pooling._max_and_min import MAX, MIN, Extreme, first_places
from jaxcnn.lowering.pooling._reduce_windows import reduce_windows
from jaxcnn.lowering.pooling._sliding_windows import SlidingWindows
from jaxcnn.lowering.pooling._values_at_places import at_places


def pool_extreme(operand: Array, windows: SlidingWindows, extreme: Extreme) -> Array:
    """Takes the largest or smallest element of every window.

    Its derivatives of every order and both modes are made of comparisons and sums: no scatter and
    no select-and-scatter, which are slow on CPUs and not deterministic on GPUs.

    Args:
        operand: floats or integers, of shape `windows.shape`.
        windows: what slides over it; none may see only padding.
        extreme: largest or smallest.

    Returns:
        Array of shape `windows.outputs` and the operand's dtype.
    """
    if not jnp.issubdtype(operand.dtype, jnp.floating):
        return _pool(operand, windows, extreme)
    return _differentiable_pool(operand, windows, extreme)


def _pool(operand: Array, windows: SlidingWindows, extreme: Extreme) -> Array:
    return reduce_windows(operand, windows, extreme.pick, extreme.identity(operand.dtype))


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _differentiable_pool(operand: Array, windows: SlidingWindows, extreme: Extreme) -> Array:
    return _pool(operand, windows, extreme)


@_differentiable_pool.defjvp
def _jvp(
    windows: SlidingWindows, extreme: Extreme, primals: tuple[Array], tangents: tuple[Array]
) -> tuple[Array, Array]:
    (operand,), (tangent,) = primals, tangents
    places = first_places(lax.stop_gradient(operand), windows, extreme, inside=True)
    return _differentiable_pool(operand, windows, extreme), at_places(tangent, places, windows)


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
    windows = SlidingWindows(operand.shape, window_dimensions, window_strides, padding)
    return partial(_route_back, windows=windows, extreme=EXTREMES[select_prim])


def _route_back(
    source: Array, operand: Array, *, windows: SlidingWindows, extreme: Extreme
) -> Array:
    places = first_places(operand, windows, extreme, inside=False)
    (gradient,) = jax.linear_transpose(lambda t: at_places(t, places, windows), operand)(source)
    return gradient
