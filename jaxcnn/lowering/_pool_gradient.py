"""The gradient of everybody's max-pooling, `jax.lax.select_and_scatter_add_p`, by comparisons."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.core import ShapedArray
from jax.extend.core import Primitive

from jaxcnn.lowering._cpu_rule import Computation
from jaxcnn.lowering._extremes import MAX, MIN, Extreme
from jaxcnn.lowering._first_places import first_places
from jaxcnn.lowering._routing import at_places
from jaxcnn.lowering._sliding_window import Pairs, SlidingWindow

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
