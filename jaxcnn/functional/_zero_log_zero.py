"""The convention of information theory that 0 · log 0 is 0."""

import jax.numpy as jnp
from jax import Array


def weigh(weights: Array, log_probabilities: Array) -> Array:
    """Return the product, with ``0 · -inf = 0``, in the value and in every derivative."""
    impossible = (weights == 0) & jnp.isneginf(log_probabilities)
    return weights * jnp.where(impossible, 0, log_probabilities)
