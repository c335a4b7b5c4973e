"""Kernel gradients of depthwise convolutions by oneDNN, without copies of the arrays.

The images of a block lie one below the other in memory, as one tall image, and so do their
cotangents. So the gradient is one depthwise convolution in which the tall cotangent is the kernel,
which slides over the tall image. Near an image's upper and lower edge, the kernel then reaches into
the neighboring image. These few products are computed by themselves and subtracted.
"""

import jax.numpy as jnp
from jax import Array

from jaxcnn.lowering._convolution import MAX_TALL, Convolution
from jaxcnn.lowering._sliding_window import SlidingWindow
from jaxcnn.lowering.methods._kernel_gradient import KernelGradient, gradient_of
from jaxcnn.lowering.methods._onednn import onednn


def by_tall_onednn(convolution: Convolution, lhs: Array, rhs: Array) -> Array:
    """Compute a kernel gradient of float32 for which `Convolution.is_tall_gradient` is true."""
    gradient = KernelGradient.of(convolution, lhs, rhs)
    kernels = _gradient(gradient.images, gradient.cotangents, gradient.window)
    return gradient_of(convolution, kernels)


def _gradient(images: Array, cotangents: Array, window: SlidingWindow) -> Array:
    """Compute the gradient of a depthwise convolution with respect to its kernels.

    Args:
        images: ``(N, H, W, C)``.
        cotangents: ``(N, *outputs, C)``.
        window: The window that slid over the images.

    Returns:
        ``(C, *window, 1, 1)``.
    """
    size = _examples_of_a_block(len(images), window)
    whole = len(images) // size * size
    total = _of_blocks(images[:whole], cotangents[:whole], window, size)
    if whole < len(images):
        total += _of_blocks(images[whole:], cotangents[whole:], window, len(images) - whole)
    return jnp.moveaxis(total, -1, 0)[..., None, None]


def _of_blocks(images: Array, cotangents: Array, window: SlidingWindow, size: int) -> Array:
    """Compute the gradient ``(*window, C)`` of images in blocks of `size`."""
    blocks = images.reshape(-1, size, *images.shape[1:])
    of_blocks = cotangents.reshape(-1, size, *cotangents.shape[1:])
    total = sum(
        _slide(_joined(block), _joined(of_block), window)
        for block, of_block in zip(blocks, of_blocks, strict=True)
    )
    if size > 1:
        rows = [_reached(blocks, of_blocks, window, row) for row in range(window.sizes[0])]
        total -= jnp.concatenate(rows)
    return jnp.asarray(total)


def _examples_of_a_block(count: int, window: SlidingWindow) -> int:
    """Return the number of images that are one tall image; the last one has the rest of `count`.

    A number that divides `count` saves the calls for the rest, if it is at least half of the most.
    """
    outputs = window.outputs
    most = min(count, max(1, MAX_TALL // (outputs[0] * outputs[1])))
    divisor = max(size for size in range(1, most + 1) if count % size == 0)
    fewest_blocks = -(-count // most)
    return divisor if 2 * divisor >= most else -(-count // fewest_blocks)


def _joined(rows: Array) -> Array:
    """Join rows ``(..., W, C)`` to one tall image ``(rows, W, C)``."""
    return rows.reshape(-1, *rows.shape[-2:])


def _slide(image: Array, cotangent: Array, window: SlidingWindow) -> Array:
    """Slide a tall cotangent over a tall image; return ``(*window, C)``."""
    (top, _), (left, _) = window.padding
    slid = SlidingWindow(
        image.shape[:2],
        cotangent.shape[:2],
        window.dilation,
        (
            (top, _missing(image, cotangent, window, axis=0, before=top)),
            (left, _missing(image, cotangent, window, axis=1, before=left)),
        ),
        window.strides,
    )
    return _depthwise(image, cotangent, slid)


def _missing(
    image: Array, cotangent: Array, window: SlidingWindow, *, axis: int, before: int
) -> int:
    """Return how many zeros at the end let the cotangent reach all taps of the window."""
    reach = (cotangent.shape[axis] - 1) * window.strides[axis]
    reach += (window.sizes[axis] - 1) * window.dilation[axis] + 1
    return reach - image.shape[axis] - before


def _reached(blocks: Array, cotangents: Array, window: SlidingWindow, tap: int) -> Array:
    """Return what one row of the kernel gets from neighboring images, ``(1, width, C)``."""
    height = window.shape[0]
    total = jnp.zeros((1, window.sizes[1], blocks.shape[-1]), blocks.dtype)
    for output in range(window.outputs[0]):
        row = output * window.strides[0] + tap * window.dilation[0] - window.padding[0][0]
        if not 0 <= row < height:
            # The row lies so many images further down; there are none beyond the block's ends.
            away, row = divmod(row, height)
            size = blocks.shape[1]
            if abs(away) < size:
                these = slice(max(0, -away), size - max(0, away))
                others = slice(max(0, away), size - max(0, -away))
                total += _slide_rows(blocks[:, others, row], cotangents[:, these, output], window)
    return total


def _slide_rows(rows: Array, cotangents: Array, window: SlidingWindow) -> Array:
    """Slide rows of cotangents along rows of images, and add up all pairs: ``(1, width, C)``."""
    image, cotangent = _joined(rows), _joined(cotangents)
    left = window.padding[1][0]
    slid = SlidingWindow(
        image.shape[:2],
        cotangent.shape[:2],
        (1, window.dilation[1]),
        ((0, 0), (left, _missing(image, cotangent, window, axis=1, before=left))),
        (1, window.strides[1]),
    )
    return _depthwise(image, cotangent, slid)


def _depthwise(image: Array, kernel: Array, window: SlidingWindow) -> Array:
    outputs = onednn(
        image[None], kernel[..., None, :], window, kernel_axes=(3, 2, 0, 1), groups=image.shape[-1]
    )
    return outputs[0]
