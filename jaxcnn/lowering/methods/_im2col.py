"""Compute convolutions as matrix products: the patch at each window position is a row.

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
"""From this number of columns on, matrix products are efficient without copying more together."""


def im2col(images: Array, kernels: Array, window: SlidingWindow, *, budget: float) -> Array:
    """Convolve by matrix products with the patches of the images.

    Args:
        images: Array of shape `(N, *spatial, groups * C)`.
        kernels: Array of shape `(groups, *window, C, O)`.
        window: The window that slides over the images.
        budget: Memory in bytes that a block of images may need.

    Returns:
        `(N, *outputs, groups * O)`.
    """
    groups, features = kernels.shape[0], kernels.shape[-1]
    outputs = window.outputs

    def convolve(block: Array) -> Array:
        results = []
        for group, kernel in zip(_groups(pad(block, window.padding), groups), kernels, strict=True):
            # A slice of the kernel is a copy. Where the kernel is the larger one, it stays whole.
            is_one = len(block) * math.prod(outputs) <= features
            patches = _patches(group, window, is_one=is_one)
            factors = kernel.reshape(len(patches), -1, features)
            products = [a @ b for a, b in zip(patches, factors, strict=True)]
            results.append(reduce(jnp.add, products))
        return jnp.concatenate(results, -1).reshape(len(block), *outputs, -1)

    size = _block(images, window, groups * features, budget)
    return map_blocks(convolve, size, images)


def im2col_kernel_gradient(
    images: Array, cotangents: Array, window: SlidingWindow, groups: int, *, budget: float
) -> Array:
    """Compute the gradient of `im2col` with respect to its kernels.

    Args:
        images: Array of shape `(N, *spatial, groups * C)`.
        cotangents: Array of shape `(N, *outputs, groups * O)`.
        window: The window that slid over the images.
        groups: Number of groups.
        budget: Memory in bytes that a block of images may need.

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
            for matrix in _patches(images, window)
        ]

    size = _block(images, window, cotangents.shape[-1], budget)
    sums = sum_blocks(products, size, images, cotangents)
    gradient = jnp.stack([undo_swap(total, features) for total in sums])
    return gradient.reshape(groups, *window.sizes, channels, features)


def _patches(padded: Array, window: SlidingWindow, *, is_one: bool = False) -> list[Array]:
    """Return the patches under the window, as matrices with one row per position.

    There is one matrix per tap along the first dimension, or a single one if these would be
    narrow, or if `is_one`. Their columns are in the order of a kernel's `(*window, C)`.
    """
    *inner, last = reversed(range(len(window.sizes)))
    for axis in inner:
        padded = jnp.concatenate(list(along(padded, axis, window)), -1)
    pieces = list(along(padded, last, window))
    if is_one or padded.shape[-1] < WIDE:
        pieces = [jnp.concatenate(pieces, -1)]
    return [array.reshape(-1, array.shape[-1]) for array in pieces]


def _groups(array: Array, groups: int) -> list[Array]:
    return jnp.split(array, groups, -1)


def _block(images: Array, window: SlidingWindow, features: int, budget: float) -> int:
    outputs = math.prod(window.outputs)
    columns = math.prod(window.sizes) * images.shape[-1] + features
    return block_size(images.shape[0], outputs * columns * images.dtype.itemsize, budget)


def sum_rows(first: Array, second: Array) -> Array:
    """Multiply `(*stack, P, M)` and `(*stack, P, N)` and sum over the rows P.

    The wider matrix comes second, because its rows then fill vectors and the product is up to a
    half faster.

    Returns:
        `(*stack, M, N)`; if N is less than M, its transpose `(*stack, N, M)`. `undo_swap` brings
        both to the same order.
    """
    if second.shape[-1] < first.shape[-1]:
        first, second = second, first
    rows, stack = (first.ndim - 2,), tuple(range(first.ndim - 2))
    return lax.dot_general(first, second, ((rows, rows), (stack, stack)))


def undo_swap(product: Array, width: int) -> Array:
    """Return a result of `sum_rows` as `(*stack, M, N)`, where N is `width`."""
    is_swapped = product.shape[-2] == width < product.shape[-1]
    return jnp.swapaxes(product, -1, -2) if is_swapped else product
