"""Convolutions of few channels a group, as shifted multiply-adds: there is no matrix product in it.

Arrays here have the groups last, where they are contiguous in memory: images `(N, *spatial, G)`.
"""

import jax.numpy as jnp
from jax import Array

from jaxcnn.lowering._blocks import block_size, map_blocks, sum_blocks
from jaxcnn.lowering._window import Window, pad, taps


def depthwise(images: Array, kernel: Array, window: Window, *, budget: float) -> Array:
    """Convolves each channel with a kernel of its own: `(N, *spatial, G)` with `(*window, G)`."""
    outputs = window.outputs(images.shape[1:-1])
    factors = kernel.reshape(-1, *(1,) * (images.ndim - 1), kernel.shape[-1])

    def convolve(block: Array) -> Array:
        seen = taps(pad(block, window.padding), window, outputs)
        total = seen[0] * factors[0]
        for tap in range(1, len(seen)):
            total += seen[tap] * factors[tap]
        return total

    return map_blocks(convolve, _block(images, budget), images)


def depthwise_kernel_gradient(
    images: Array, cotangents: Array, window: Window, *, budget: float
) -> Array:
    """The gradient of `depthwise` by its kernel: from `(N, *outputs, G)` to `(*window, G)`."""
    groups = images.shape[-1]
    outputs = window.outputs(images.shape[1:-1])

    def product(block: Array, cotangents: Array) -> list[Array]:
        seen = taps(pad(block, window.padding), window, outputs)
        return [_sum_positions(piece * cotangents) for piece in seen]

    sums = sum_blocks(product, _block(images, budget), images, cotangents)
    return jnp.stack(sums).reshape(*window.sizes, groups)


def _sum_positions(products: Array) -> Array:
    # A product with ones: XLA's own sum over leading axes takes no vector instructions on CPUs.
    rows = products.reshape(-1, products.shape[-1])
    return (jnp.ones((1, rows.shape[0]), rows.dtype) @ rows)[0]


def _block(images: Array, budget: float) -> int:
    return block_size(images.shape[0], 3 * images[0].size * images.dtype.itemsize, budget)
