"""Matrix products in the order of operands that is the faster one on CPUs."""

import jax.numpy as jnp
from jax import Array, lax


def sum_rows(first: Array, second: Array) -> Array:
    """Multiplies and sums over rows, `(*stack, P, M)` and `(*stack, P, N)`.

    Returns:
        `(*stack, M, N)` or, if N is less than M, `(*stack, N, M)`: with the wider matrix second,
        whose rows fill vectors, the product is up to a half faster. `in_order` undoes it.
    """
    if second.shape[-1] < first.shape[-1]:
        first, second = second, first
    rows, stack = (first.ndim - 2,), tuple(range(first.ndim - 2))
    return lax.dot_general(first, second, ((rows, rows), (stack, stack)))


def in_order(product: Array, width: int) -> Array:
    """Returns what `sum_rows` made as `(*stack, M, N)` where N is `width`."""
    is_swapped = product.shape[-2] == width < product.shape[-1]
    return jnp.swapaxes(product, -1, -2) if is_swapped else product
