"""The two ways to choose one element of a window."""

import dataclasses
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import DTypeLike


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
