"""Compute convolutions with few channels per group as sums of shifted images.

Matrix products would be too narrow for them. Arrays in this file have separate axes for the groups
and the channels of a group: images `(N, *spatial, G, C)`, kernels `(*window, G, C, O)`, outputs
`(N, *outputs, G, O)`.
"""

import math
from functools import reduce

import jax.numpy as jnp
from jax import Array

from jaxcnn.lowering._sliding_window import SlidingWindow
from jaxcnn.lowering.methods._blocks import block_size, map_blocks, pad, sum_blocks, taps

MAX_PARTS = 16
"""An image is cut into at most this many parts, whose products with cotangents are added first."""


def shifted(images: Array, kernels: Array, window: SlidingWindow, *, budget: float) -> Array:
    """Convolve by multiply-adds of one shifted image per tap of the window."""
    factors = kernels.reshape(-1, *kernels.shape[-3:])

    def convolve(block: Array) -> Array:
        shifts = taps(_pad(block, window), window)
        terms = [
            tap[..., channel, None] * factor[:, channel]
            for tap, factor in zip(shifts, factors, strict=True)
            for channel in range(factors.shape[-2])
        ]
        return reduce(jnp.add, terms)

    features = math.prod(kernels.shape[-3::2])
    return map_blocks(convolve, _block(images, features, budget), images)


def shifted_kernel_gradient(
    images: Array, cotangents: Array, window: SlidingWindow, *, budget: float
) -> Array:
    """Compute the gradient of `shifted` with respect to its kernels."""
    pairs = cotangents.shape[-2:]
    flat = _flatten(cotangents, pairs)
    gradients = [
        _gradient_of_pairs(_flatten(images[..., channel, None], pairs), flat, window, budget)
        for channel in range(images.shape[-1])
    ]
    return jnp.stack([gradient.reshape(*window.sizes, *pairs) for gradient in gradients], -2)


def _flatten(array: Array, pairs: tuple[int, ...]) -> Array:
    """Return `(N, *spatial, G * O)`; a last axis of size 1 is broadcast to O."""
    return jnp.broadcast_to(array, (*array.shape[:-2], *pairs)).reshape(*array.shape[:-2], -1)


def _gradient_of_pairs(
    images: Array, cotangents: Array, window: SlidingWindow, budget: float
) -> Array:
    """Compute `(taps, pairs)` from `(N, *spatial, pairs)` and `(N, *outputs, pairs)`."""

    def products(block: Array, cotangents: Array) -> list[Array]:
        shifts = taps(pad(block, window.padding), window)
        return [_sum_positions(tap, cotangents) for tap in shifts]

    elements = images[0].size + cotangents[0].size
    size = block_size(images.shape[0], elements * images.dtype.itemsize, budget)
    return jnp.stack(sum_blocks(products, size, images, cotangents))


def _sum_positions(first: Array, second: Array) -> Array:
    """Multiply, and sum over all axes but the last."""
    parts = _parts(second.shape[1])
    pairs = zip(jnp.split(first, parts, 1), jnp.split(second, parts, 1), strict=True)
    products = reduce(jnp.add, [a * b for a, b in pairs])
    # A product with ones, because XLA's sum over leading axes uses no vector instructions on CPUs.
    matrix = products.reshape(-1, products.shape[-1])
    return (jnp.ones((1, matrix.shape[0]), matrix.dtype) @ matrix)[0]


def _parts(rows: int) -> int:
    """Return the number of parts to cut `rows` into.

    It is the largest number up to `MAX_PARTS` that leaves a multiple of four rows per part; if
    there is none, a multiple of two, or any number. The sums then stay in cache, and there are few
    of them to add up.
    """
    few = next(few for few in (4, 2, 1) if rows % few == 0)
    return max(n for n in range(1, MAX_PARTS + 1) if (rows // few) % n == 0)


def _spatial(images: Array) -> tuple[int, ...]:
    return images.shape[1:-2]


def _pad(images: Array, window: SlidingWindow) -> Array:
    return pad(images, (*window.padding, (0, 0)))


def _block(images: Array, features: int, budget: float) -> int:
    elements = images[0].size + 2 * math.prod(_spatial(images)) * features
    return block_size(images.shape[0], elements * images.dtype.itemsize, budget)
