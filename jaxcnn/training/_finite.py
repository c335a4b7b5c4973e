"""Whether numbers are still numbers."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array


@jax.jit
def all_finite(tree: Any) -> Array:
    """Whether every floating-point number of a tree of arrays is finite."""
    floating = [x for x in jax.tree.leaves(tree) if jnp.issubdtype(x.dtype, jnp.floating)]
    return jnp.array([jnp.isfinite(leaf).all() for leaf in floating]).all()
