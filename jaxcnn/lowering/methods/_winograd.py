"""Winograd's minimal filtering F(2, 3): two outputs of a 3-tap filter by four products, not six.

In d dimensions, a tile of 4^d inputs gives 2^d outputs; in two dimensions, that takes 16 products
instead of 36. The transformations before and after are mere additions. The products, summed over
the channels, are 4^d matrix products.

The transformations are four lines on vectors of an even and an odd element, with signs s = (1, -1):

    of inputs:       a = (d0, d1) - (d2, d3)             b = d2 + s d1
    of the kernel:   a = (g0, -g2)                       b = (g0 + g2 + s g1) / 2
    outputs:         y = a + b0 + s b1                   where a, b are the products
    of cotangents:   a = y                               b = y0 + s y1

Source: Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016.
"""

import math

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from jaxcnn.lowering._sliding_window import PaddingPairs, SlidingWindow
from jaxcnn.lowering.methods._blocks import block_size, map_blocks, pad, sum_blocks
from jaxcnn.lowering.methods._im2col import sum_rows, undo_swap

_KERNEL = np.array([[1, 0, 0], [0, 0, -1], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5]])
"""The matrix from three taps to (a0, a1, b0, b1)."""


def winograd(images: Array, kernels: Array, window: SlidingWindow, *, budget: float) -> Array:
    """Convolve by Winograd's F(2, 3).

    Args:
        images: Array of shape `(N, *spatial, groups * C)`.
        kernels: Array of shape `(groups, *window, C, O)`.
        window: The window: 3 taps per dimension, stride 1, no dilation.
        budget: Memory in bytes that a block of images may need.

    Returns:
        `(N, *outputs, groups * O)`.
    """
    rank = images.ndim - 2
    outputs = window.outputs
    factors = [_transform_kernel(kernel, rank) for kernel in kernels]

    def convolve(block: Array) -> Array:
        tiles = _transform_inputs(pad(block, _whole_tiles(window, outputs)), rank)
        shape = (len(block), *(math.ceil(size / 2) for size in outputs))
        groups = jnp.split(tiles, len(factors), -1)
        products = [_multiply(group, factor) for group, factor in zip(groups, factors, strict=True)]
        joined = jnp.concatenate(products, -1)
        by_parity = _inverse_transform(joined.reshape(*(2,) * 2 * rank, *shape, -1), rank)
        return _from_parity(by_parity, rank)[(slice(None), *map(slice, outputs))]

    features = kernels.shape[0] * kernels.shape[-1]
    return map_blocks(convolve, _block(images, outputs, features, budget), images)


def winograd_kernel_gradient(
    images: Array, cotangents: Array, window: SlidingWindow, groups: int, *, budget: float
) -> Array:
    """Compute the gradient of `winograd` with respect to its kernels.

    Args:
        images: Array of shape `(N, *spatial, groups * C)`.
        cotangents: Array of shape `(N, *outputs, groups * O)`.
        window: The window: 3 taps per dimension, stride 1, no dilation.
        groups: Number of groups.
        budget: Memory in bytes that a block of images may need.

    Returns:
        `(groups, *window, C, O)`.
    """
    rank, features = images.ndim - 2, cotangents.shape[-1] // groups
    outputs = window.outputs
    odd = tuple((0, size % 2) for size in outputs)

    def products(block: Array, cotangents: Array) -> list[Array]:
        tiles = _transform_inputs(pad(block, _whole_tiles(window, outputs)), rank)
        pieces = _transform_cotangents(_by_parity(pad(cotangents, odd), rank), rank)
        pairs = zip(jnp.split(tiles, groups, -1), jnp.split(pieces, groups, -1), strict=True)
        return [sum_rows(tiles, pieces) for tiles, pieces in pairs]

    size = _block(images, outputs, cotangents.shape[-1], budget)
    sums = sum_blocks(products, size, images, cotangents)
    return jnp.stack(
        [_inverse_transform_kernel(undo_swap(total, features), rank) for total in sums]
    )


# Below, outputs and cotangents begin with one axis of parities per dimension. Arrays that hold both
# a and b begin with one axis per dimension that selects between them: `(*choices, *parities, ...)`.


def _transform_inputs(padded: Array, rank: int) -> Array:
    """Transform inputs `(N, *spatial, C)`, of even sizes, to `(4^rank, tiles, C)`."""
    parts = [padded]
    for axis in range(1, rank + 1):
        parts = [transformed for part in parts for transformed in _along(part, axis)]
    matrices = [part.reshape(-1, part.shape[-1]) for part in parts]
    return jnp.stack([matrices[index] for index in _choices_first(rank)])


def _along(array: Array, axis: int) -> list[Array]:
    """Transform the inputs along one axis to (a0, a1, b0, b1)."""
    # Written with vectors of two, XLA would compile it faster but run it a fourth slower.
    end = array.shape[axis] - 3
    d0, d1, d2, d3 = (lax.slice_in_dim(array, i, i + end, 2, axis=axis) for i in range(4))
    return [d0 - d2, d1 - d3, d2 + d1, d2 - d1]


def _choices_first(rank: int) -> list[int]:
    """Return the permutation from (choice, parity) pairs per dimension to all choices first."""
    indices = np.arange(4**rank).reshape((2,) * 2 * rank)
    return [int(i) for i in indices.transpose(*range(0, 2 * rank, 2), *range(1, 2 * rank, 2)).flat]


def _transform_cotangents(cotangents: Array, rank: int) -> Array:
    """Transform cotangents `(*parities, N, *tiles, O)` to `(4^rank, tiles, O)`."""
    parts = [cotangents]
    for axis in range(rank):
        transformed = []
        for part in parts:
            even, odd = (_of_parity(part, parity, axis) for parity in (0, 1))
            transformed += [part, even + _signs(part, axis) * odd]
        parts = transformed
    return _stack(parts, rank)


def _inverse_transform(products: Array, rank: int) -> Array:
    """Transform products `(*choices, *parities, N, *tiles, O)` to `(*parities, N, *tiles, O)`."""
    # The first axis is the choice of the next dimension; then its parities are axis `rank - 1`.
    parities = rank - 1
    for _ in range(rank):
        first, second = products[0], products[1]
        even, odd = (_of_parity(second, parity, parities) for parity in (0, 1))
        products = first + even + _signs(second, parities) * odd
    return products


def _transform_kernel(kernel: Array, rank: int) -> Array:
    """Transform a kernel `(*window, C, O)` to `(4^rank, C, O)`."""
    for axis in range(rank):
        product = jnp.tensordot(_KERNEL.astype(kernel.dtype), kernel, ((1,), (axis,)))
        kernel = jnp.moveaxis(product, 0, axis)
    split = kernel.reshape(*(2,) * 2 * rank, *kernel.shape[rank:])
    choices, parities = range(0, 2 * rank, 2), range(1, 2 * rank, 2)
    moved = split.transpose(*choices, *parities, 2 * rank, 2 * rank + 1)
    return moved.reshape(4**rank, *kernel.shape[rank:])


def _inverse_transform_kernel(gradient: Array, rank: int) -> Array:
    """Apply the transpose of `_transform_kernel`: `(4^rank, C, O)` to `(*window, C, O)`."""
    gradient = gradient.reshape(*(2,) * 2 * rank, *gradient.shape[1:])
    pairs = [axis for pair in zip(range(rank), range(rank, 2 * rank), strict=True) for axis in pair]
    moved = gradient.transpose(*pairs, 2 * rank, 2 * rank + 1)
    kernel = moved.reshape(*(4,) * rank, *gradient.shape[2 * rank :])
    for axis in range(rank):
        product = jnp.tensordot(_KERNEL.T.astype(kernel.dtype), kernel, ((1,), (axis,)))
        kernel = jnp.moveaxis(product, 0, axis)
    return kernel


def _by_parity(array: Array, rank: int) -> Array:
    """Split each spatial axis by parity: `(N, *spatial, C)` to `(*parities, N, *halves, C)`."""
    halves = [length for size in array.shape[1:-1] for length in (size // 2, 2)]
    split = array.reshape(array.shape[0], *halves, array.shape[-1])
    parities = range(2, 2 * rank + 1, 2)
    return split.transpose(*parities, 0, *range(1, 2 * rank, 2), 2 * rank + 1)


def _from_parity(array: Array, rank: int) -> Array:
    """Interleave even and odd elements again: the inverse of `_by_parity`."""
    pairs = [
        axis
        for pair in zip(range(rank + 1, 2 * rank + 1), range(rank), strict=True)
        for axis in pair
    ]
    moved = array.transpose(rank, *pairs, 2 * rank + 1)
    spatial = [2 * size for size in array.shape[rank + 1 : -1]]
    return moved.reshape(array.shape[rank], *spatial, array.shape[-1])


def _of_parity(array: Array, parity: int, axis: int) -> Array:
    """Return one half along an axis of parities, which is kept with size 1."""
    return lax.slice_in_dim(array, parity, parity + 1, axis=axis)


def _signs(like: Array, axis: int) -> Array:
    """Return (1, -1) along one axis, broadcastable to `like`."""
    shape = [1] * like.ndim
    shape[axis] = 2
    return jnp.array([1, -1], like.dtype).reshape(shape)


def _stack(parts: list[Array], rank: int) -> Array:
    """Join the parts of all choices, each `(*parities, N, *tiles, C)`, as matrices of tiles."""
    matrices = [part.reshape(2**rank, -1, part.shape[-1]) for part in parts]
    return jnp.concatenate(matrices)


def _multiply(tiles: Array, factors: Array) -> Array:
    """Multiply stacks of matrices."""
    return lax.dot_general(tiles, factors, (((2,), (1,)), ((0,), (0,))))


def _whole_tiles(window: SlidingWindow, outputs: tuple[int, ...]) -> PaddingPairs:
    """Return the window's padding, plus one at the end where the number of outputs is odd."""
    return tuple(
        (low, high + size % 2) for (low, high), size in zip(window.padding, outputs, strict=True)
    )


def _block(images: Array, outputs: tuple[int, ...], features: int, budget: float) -> int:
    tiles = math.prod(math.ceil(size / 2) for size in outputs)
    elements = 4 ** len(outputs) * tiles * (images.shape[-1] + features)
    return block_size(images.shape[0], elements * images.dtype.itemsize, budget)
