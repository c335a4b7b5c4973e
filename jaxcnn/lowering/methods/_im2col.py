"""Convolution as matrix products: what the window sees at each position is a row.

Source: Chellapilla, Puri, Simard, "High performance convolutional neural networks for document
processing", 2006.
"""

import math
from functools import reduce

import jax.numpy as jnp
from jax import Array, lax

from jaxcnn.lowering._sliding_window import SlidingWindow
from jaxcnn.lowering.methods._blocks import along, block_size, map_blocks, pad, sum_blocks

WIDE = 16
"""Columns from which a matrix product is efficient, and copies no longer pay for more of them."""


def im2col(images: Array, kernels: Array, window: SlidingWindow, *, budget: float) -> Array:
    """Convolves: `(N, *spatial, groups * C)` with `(groups, *window, C, O)`.

    Returns:
        `(N, *outputs, groups * O)`.
    """
    groups, features = kernels.shape[0], kernels.shape[-1]
    outputs = window.outputs

    def convolve(block: Array) -> Array:
        results = []
        for group, kernel in zip(_groups(pad(block, window.padding), groups), kernels, strict=True):
            seen = _seen(group, window)
            factors = kernel.reshape(len(seen), -1, features)
            products = [a @ b for a, b in zip(seen, factors, strict=True)]
            results.append(reduce(jnp.add, products))
        return jnp.concatenate(results, -1).reshape(len(block), *outputs, -1)

    size = _block(images, window, groups * features, budget)
    return map_blocks(convolve, size, images)


def im2col_kernel_gradient(
    images: Array, cotangents: Array, window: SlidingWindow, groups: int, *, budget: float
) -> Array:
    """The gradient of `im2col` by its kernels.

    Takes `(N, *spatial, groups * C)` and `(N, *outputs, groups * O)`.

    Returns:
        `(groups, *window, C, O)`.
    """
    channels, features = (array.shape[-1] // groups for array in (images, cotangents))

    def products(block: Array, cotangents: Array) -> list[Array]:
        pairs = zip(
            _groups(pad(block, window.padding), groups), _groups(cotangents, groups), strict=True
        )
        return [
            sum_rows(matrix, group.reshape(-1, features))
            for images, group in pairs
            for matrix in _seen(images, window)
        ]

    size = _block(images, window, cotangents.shape[-1], budget)
    sums = sum_blocks(products, size, images, cotangents)
    gradient = jnp.stack([in_order(total, features) for total in sums])
    return gradient.reshape(groups, *window.sizes, channels, features)


def _seen(padded: Array, window: SlidingWindow) -> list[Array]:
    """Returns what the window sees, in matrices with a row for each position.

    One matrix for each of its taps along the first dimension, or a single one if these would be
    narrow. Their columns are in the order of a kernel's `(*window, C)`.
    """
    *inner, last = reversed(range(len(window.sizes)))
    for axis in inner:
        padded = jnp.concatenate(list(along(padded, axis, window)), -1)
    seen = list(along(padded, last, window))
    if padded.shape[-1] < WIDE:
        seen = [jnp.concatenate(seen, -1)]
    return [array.reshape(-1, array.shape[-1]) for array in seen]


def _groups(array: Array, groups: int) -> list[Array]:
    return jnp.split(array, groups, -1)


def _block(images: Array, window: SlidingWindow, features: int, budget: float) -> int:
    outputs = math.prod(window.outputs)
    columns = math.prod(window.sizes) * images.shape[-1] + features
    return block_size(images.shape[0], outputs * columns * images.dtype.itemsize, budget)


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
