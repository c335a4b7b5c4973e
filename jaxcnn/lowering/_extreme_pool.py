"""Largest or smallest element of each window, whose gradient goes to the first of equals."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array, lax

from jaxcnn.lowering._extremes import MAX, MIN, Extreme
from jaxcnn.lowering._first_places import first_places
from jaxcnn.lowering._routing import at_places
from jaxcnn.lowering._sliding_window import SlidingWindow
from jaxcnn.lowering._windowed import reduce_windows


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
