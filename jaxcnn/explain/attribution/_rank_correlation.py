"""How alike two orders are."""

import jax.numpy as jnp
from jax import Array


def rank_correlation(first: Array, second: Array) -> Array:
    """Spearman's rank correlation of two arrays of the same shape; equal values share a rank.

    Returns:
        A number from -1 to 1; 0 where all values of one array are equal, which have no order.
    """
    ranks = jnp.stack([_ranks(first.ravel()), _ranks(second.ravel())])
    lengths = jnp.linalg.norm(ranks, axis=1)
    product = lengths.prod()
    return jnp.where(product > 0, ranks[0] @ ranks[1] / jnp.where(product > 0, product, 1), 0)


def _ranks(values: Array) -> Array:
    """The mean of the places that each value has among the sorted ones, from -1 to 1, mean 0."""
    ordered = jnp.sort(values)
    below = jnp.searchsorted(ordered, values, side="left")
    up_to = jnp.searchsorted(ordered, values, side="right")
    return (below + up_to - values.size) / values.size
