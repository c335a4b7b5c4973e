"""Work in blocks of images small enough that what is made on the way stays in cache."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array, lax


def block_size(count: int, bytes_each: float, budget: float) -> int:
    """Returns how many images go into one block: a divisor of `count` if one is near.

    Args:
        count: number of images.
        bytes_each: what one image needs while it is worked on.
        budget: bytes that a block may take.
    """
    most = max(1, min(count, int(budget // max(bytes_each, 1))))
    divisor = max(size for size in range(1, most + 1) if count % size == 0)
    return divisor if 2 * divisor > most else most


def map_blocks(function: Callable[..., Array], size: int, *arrays: Array) -> Array:
    """Applies `function` to blocks of the leading axis and joins the results along it."""
    count = arrays[0].shape[0]
    if size >= count:
        return function(*arrays)
    whole = count - count % size
    blocks = [_split(array[:whole], size) for array in arrays]
    results = lax.map(lambda block: function(*block), blocks)
    joined = results.reshape(whole, *results.shape[2:])
    if whole == count:
        return joined
    return jnp.concatenate([joined, function(*(array[whole:] for array in arrays))])


def sum_blocks(function: Callable[..., list[Array]], size: int, *arrays: Array) -> list[Array]:
    """Applies `function` to blocks of the leading axis and adds up the results."""
    count = arrays[0].shape[0]
    if size >= count:
        return function(*arrays)
    whole = count - count % size
    blocks = [_split(array[:whole], size) for array in arrays]
    # The first sums come from what does not fill a block, or from zeros.
    if whole < count:
        sums = function(*(array[whole:] for array in arrays))
    else:
        shapes = jax.eval_shape(function, *(block[0] for block in blocks))
        sums = [jnp.zeros(shape.shape, shape.dtype) for shape in shapes]

    def add(sums: list[Array], block: list[Array]) -> tuple[list[Array], None]:
        return [a + b for a, b in zip(sums, function(*block), strict=True)], None

    return lax.scan(add, sums, blocks)[0]


def _split(array: Array, size: int) -> Array:
    return array.reshape(math.ceil(array.shape[0] / size), size, *array.shape[1:])
