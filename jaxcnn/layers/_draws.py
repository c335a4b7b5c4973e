"""Random weights of any shape by few compiled programs."""

import functools
import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array, lax

Draw = Callable[..., Array]
"""A function of a key, a shape and a dtype, as those of `jax.nn.initializers`."""

LENGTHS = tuple(4**power for power in range(5, 12))
"""The lengths of the arrays that are drawn: 1,024 to 4 million."""


def by_few_programs(draw: Draw) -> Draw:
    """Return a function that draws the same numbers as `draw`, as an array of one of `LENGTHS`.

    XLA takes about half a second to compile a draw of each new shape, longer than to draw the
    weights of most networks. JAX computes number i from the key and i alone, so the numbers of an
    array are the first of each longer one. Arrays that are longer than all of `LENGTHS`, and those
    of other generators, are drawn in their own length.

    Args:
        draw: An initializer whose numbers do not depend on the shape, but for their order. It gets
            shapes of ``(1, length)``.
    """

    def draw_beginning(key: Array, shape: tuple[int, ...], dtype=jnp.float32) -> Array:
        length = size = math.prod(shape)
        if size <= LENGTHS[-1] and _is_counted(key):
            length = next(length for length in LENGTHS if length >= size)
        return _beginning(draw(key, (1, length), dtype), tuple(shape))

    return draw_beginning


@functools.partial(jax.jit, static_argnums=1)
def _beginning(numbers: Array, shape: tuple[int, ...]) -> Array:
    return lax.slice(numbers.ravel(), (0,), (math.prod(shape),)).reshape(shape)


def _is_counted(key: Array) -> bool:
    """Return whether each random number depends on the key and its index alone."""
    # The first is one of JAX's options, which the type of its config does not have.
    counted = bool(jax.config.values["jax_threefry_partitionable"])
    return counted and str(jax.random.key_impl(key)) == "threefry2x32"
