"""Largest or smallest element of each window, whose gradient goes to the first of equals."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array, lax

from jaxcnn.lowering.pooling._first_places import first_places
from jaxcnn.lowering.pooling._max_and_min import Extreme
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
