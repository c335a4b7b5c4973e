"""The largest and the smallest: two ways to choose an element of a window, and its place."""

import dataclasses
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.experimental.xla_metadata import set_xla_metadata
from jax.typing import DTypeLike

from jaxcnn.lowering._sliding_window import SlidingWindow
from jaxcnn.lowering.pooling._taps import fold_taps, padded


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
MIN = Extreme(lax.min, lax.le, largest)


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
