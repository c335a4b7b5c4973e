"""Convolution as one matrix product: every patch of the images is a row.

Source: Chellapilla, Puri, Simard, "High performance convolutional neural networks for document
processing", 2006.
"""

import math

from jax import Array

from jaxcnn.lowering._blocks import block_size, map_blocks, sum_blocks
from jaxcnn.lowering._window import Window, patches


def im2col(images: Array, kernel: Array, window: Window, *, budget: float) -> Array:
    """Convolves: `(N, *spatial, C)` with `(*window, C, O)` to `(N, *outputs, O)`."""
    features = kernel.shape[-1]
    matrix = kernel.reshape(-1, features)

    def convolve(block: Array) -> Array:
        rows = patches(block, window)
        products = rows.reshape(-1, rows.shape[-1]) @ matrix
        return products.reshape(*rows.shape[:-1], features)

    return map_blocks(convolve, _block(images, window, features, budget), images)


def im2col_kernel_gradient(
    images: Array, cotangents: Array, window: Window, *, budget: float
) -> Array:
    """The gradient of `im2col` by its kernel: from `(N, *outputs, O)` to `(*window, C, O)`."""
    channels, features = images.shape[-1], cotangents.shape[-1]

    def product(block: Array, cotangents: Array) -> list[Array]:
        rows = patches(block, window)
        return [rows.reshape(-1, rows.shape[-1]).T @ cotangents.reshape(-1, features)]

    size = _block(images, window, features, budget)
    (gradient,) = sum_blocks(product, size, images, cotangents)
    return gradient.reshape(*window.sizes, channels, features)


def _block(images: Array, window: Window, features: int, budget: float) -> int:
    outputs = math.prod(window.outputs(images.shape[1:-1]))
    columns = math.prod(window.sizes) * images.shape[-1] + features
    return block_size(images.shape[0], outputs * columns * images.dtype.itemsize, budget)
