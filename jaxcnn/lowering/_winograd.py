"""Winograd's minimal filtering F(2, 3): two outputs of a 3-tap filter for four products, not six.

In d dimensions a tile of 4^d inputs gives 2^d outputs: in two dimensions 16 products in place of
36. The transforms are only additions of the images, so what is left are 4^d matrix products,
one for each element of a tile.

Source: Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016.
"""

import itertools
import math
from collections.abc import Callable, Sequence

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from jaxcnn.lowering._blocks import block_size, map_blocks, sum_blocks
from jaxcnn.lowering._window import Window, pad

# A tile of kernels is G k, with k the three taps; the transforms of images are spelled out below.
_KERNEL = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])

Parts = list[Array]


def winograd(images: Array, kernel: Array, window: Window, *, budget: float) -> Array:
    """Convolves by F(2, 3): `(N, *spatial, C)` with `(*window, C, O)`, 3 taps a dimension.

    The window moves by single steps and has no gaps.
    """
    spatial = images.shape[1:-1]
    rank, features = len(spatial), kernel.shape[-1]
    outputs = window.outputs(spatial)
    tiled = _to_whole_tiles(window, outputs)
    kernels = _transform_kernel(kernel, rank)

    def convolve(block: Array) -> Array:
        tiles = _transform(_tiles(pad(block, tiled), rank), _input, rank)
        products = [
            _rows(tile) @ transformed for tile, transformed in zip(tiles, kernels, strict=True)
        ]
        shape = (*tiles[0].shape[:-1], features)
        pieces = _transform([product.reshape(shape) for product in products], _output, rank)
        return _crop(_interleave(pieces, rank), outputs)

    return map_blocks(convolve, _block(images, outputs, features, budget), images)


def winograd_kernel_gradient(
    images: Array, cotangents: Array, window: Window, *, budget: float
) -> Array:
    """The gradient of `winograd` by its kernel: from `(N, *outputs, O)` to `(*window, C, O)`."""
    spatial = images.shape[1:-1]
    rank, channels, features = len(spatial), images.shape[-1], cotangents.shape[-1]
    outputs = window.outputs(spatial)
    tiled = _to_whole_tiles(window, outputs)
    odd = tuple((0, size % 2) for size in outputs)

    def product(block: Array, cotangents: Array) -> list[Array]:
        tiles = _transform(_tiles(pad(block, tiled), rank), _input, rank)
        pieces = _transform(_pairs(pad(cotangents, odd), rank), _output_transposed, rank)
        return [_rows(tile).T @ _rows(piece) for tile, piece in zip(tiles, pieces, strict=True)]

    size = _block(images, outputs, features, budget)
    sums = sum_blocks(product, size, images, cotangents)
    gradient = jnp.stack(sums).reshape(*(4,) * rank, channels, features)
    for axis in range(rank):
        gradient = _apply(_KERNEL.T, gradient, axis)
    return gradient


def _input(x: Sequence[Array]) -> Parts:
    return [x[0] - x[2], x[1] + x[2], x[2] - x[1], x[1] - x[3]]


def _output(x: Sequence[Array]) -> Parts:
    return [x[0] + x[1] + x[2], x[1] - x[2] - x[3]]


def _output_transposed(x: Sequence[Array]) -> Parts:
    return [x[0], x[0] + x[1], x[0] - x[1], -x[1]]


def _transform(parts: Parts, transform: Callable[[Sequence[Array]], Parts], rank: int) -> Parts:
    """Applies a one-dimensional transform along every dimension of a tile, in row-major order."""
    count = round(len(parts) ** (1 / rank))
    for _ in range(rank):
        # The first dimension becomes the last; after `rank` times all are back in their places.
        columns = [parts[i :: len(parts) // count] for i in range(len(parts) // count)]
        parts = [part for column in columns for part in transform(column)]
    return parts


def _transform_kernel(kernel: Array, rank: int) -> list[Array]:
    for axis in range(rank):
        kernel = _apply(_KERNEL, kernel, axis)
    kernels = kernel.reshape(4**rank, *kernel.shape[rank:])
    return [kernels[i] for i in range(4**rank)]


def _apply(matrix: np.ndarray, array: Array, axis: int) -> Array:
    """Multiplies along one axis by a matrix of a few rows, as sums of slices: no rounding of ½."""
    pieces = [lax.index_in_dim(array, i, axis, keepdims=False) for i in range(matrix.shape[1])]
    rows = [
        sum((float(factor) * piece for factor, piece in zip(row, pieces, strict=True) if factor))
        for row in matrix
    ]
    return jnp.stack(rows, axis)


def _to_whole_tiles(window: Window, outputs: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """The window's padding, and one more at the end where the number of outputs is odd."""
    return tuple(
        (low, high + size % 2) for (low, high), size in zip(window.padding, outputs, strict=True)
    )


def _tiles(padded: Array, rank: int) -> Parts:
    """Returns the elements of overlapping tiles of 4, each with all tiles' values of it."""
    ends = [2 * (size // 2) for size in padded.shape[1:-1]]
    return [
        padded[(slice(None), *(slice(i, i + end - 2, 2) for i, end in zip(at, ends, strict=True)))]
        for at in itertools.product(range(4), repeat=rank)
    ]


def _pairs(outputs: Array, rank: int) -> Parts:
    """Returns the elements of tiles of 2 that do not overlap."""
    return [
        outputs[(slice(None), *(slice(i, None, 2) for i in at))]
        for at in itertools.product(range(2), repeat=rank)
    ]


def _interleave(pieces: Parts, rank: int) -> Array:
    """Puts the elements of tiles of 2 back side by side; the inverse of `_pairs`."""
    for axis in reversed(range(1, rank + 1)):
        pieces = [jnp.stack(pair, axis + 1) for pair in zip(pieces[::2], pieces[1::2], strict=True)]
    (joined,) = pieces
    shape = joined.shape
    spatial = [2 * shape[1 + 2 * axis] for axis in range(rank)]
    return joined.reshape(shape[0], *spatial, shape[-1])


def _crop(array: Array, outputs: tuple[int, ...]) -> Array:
    return array[(slice(None), *map(slice, outputs))]


def _rows(array: Array) -> Array:
    return array.reshape(-1, array.shape[-1])


def _block(images: Array, outputs: tuple[int, ...], features: int, budget: float) -> int:
    tiles = math.prod(math.ceil(size / 2) for size in outputs)
    elements = 4 ** len(outputs) * tiles * (images.shape[-1] + features)
    return block_size(images.shape[0], elements * images.dtype.itemsize, budget)
