"""Cut images: slices for the taps of a window, and blocks and strips that stay in cache."""

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from jaxcnn.lowering._sliding_window import PaddingPairs, SlidingWindow
from jaxcnn.lowering.methods._kernel_gradient import Forward, Gradient


def pad(images: Array, padding: PaddingPairs) -> Array:
    """Pad the spatial axes of `images` with zeros; negative padding crops."""
    if not any(map(any, padding)):
        return images
    config = [(0, 0, 0), *((low, high, 0) for low, high in padding), (0, 0, 0)]
    return lax.pad(images, np.zeros((), images.dtype), config)


def along(padded: Array, axis: int, window: SlidingWindow) -> Iterator[Array]:
    """Yield one slice of the images per tap of the window along one spatial dimension.

    Dimensions are counted from 0. A slice has the size of the output along it.
    """
    stride, gap, outputs = window.strides[axis], window.dilation[axis], window.outputs[axis]
    for tap in range(window.sizes[axis]):
        start = tap * gap
        stop = start + (outputs - 1) * stride + 1
        yield lax.slice_in_dim(padded, start, stop, stride, axis=axis + 1)


def taps(padded: Array, window: SlidingWindow) -> list[Array]:
    """Return one slice `(N, *outputs, C)` of the images per tap, in row-major order of the taps."""
    pieces = [padded]
    for axis in range(len(window.sizes)):
        pieces = [tap for piece in pieces for tap in along(piece, axis, window)]
    return pieces


def block_size(count: int, bytes_each: float, budget: float) -> int:
    """Return the number of images per block: preferably a divisor of `count`.

    A divisor is taken if it is more than half of what fits in the budget.

    Args:
        count: Number of images.
        bytes_each: Memory in bytes that one image needs while it is processed.
        budget: Memory in bytes that a block may need.
    """
    most = max(1, min(count, int(budget // max(bytes_each, 1))))
    divisor = max(size for size in range(1, most + 1) if count % size == 0)
    return divisor if 2 * divisor > most else most


def map_blocks(function: Callable[..., Array], size: int, *arrays: Array) -> Array:
    """Apply `function` to blocks of the leading axis, and concatenate the results."""
    count = arrays[0].shape[0]
    if size >= count:
        return function(*arrays)
    whole = count - count % size
    results = lax.map(lambda start: function(*_block(arrays, start, size)), _starts(whole, size))
    joined = results.reshape(whole, *results.shape[2:])
    if whole == count:
        return joined
    return jnp.concatenate([joined, function(*(array[whole:] for array in arrays))])


def sum_blocks(function: Callable[..., list[Array]], size: int, *arrays: Array) -> list[Array]:
    """Apply `function` to blocks of the leading axis, and add up the results."""
    count = arrays[0].shape[0]
    if size >= count:
        return function(*arrays)
    whole = count - count % size
    # The sums start with the remainder that does not fill a block, or with zeros.
    if whole < count:
        sums = function(*(array[whole:] for array in arrays))
    else:
        shapes = jax.eval_shape(function, *(array[:size] for array in arrays))
        sums = [jnp.zeros(shape.shape, shape.dtype) for shape in shapes]

    def add(sums: list[Array], start: Array) -> tuple[list[Array], None]:
        block = function(*_block(arrays, start, size))
        return [a + b for a, b in zip(sums, block, strict=True)], None

    return lax.scan(add, sums, _starts(whole, size))[0]


def _starts(count: int, size: int) -> Array:
    return jnp.arange(0, count, size, dtype=jnp.uint32)  # unsigned: no test for negative indices


def _block(arrays: Sequence[Array], start: Array, size: int) -> list[Array]:
    """Return the images from `start` of each array.

    The arrays are not reshaped to blocks before the loop: XLA would fuse the reshaping with the
    operation that computed the images, and compute them once more.
    """
    return [lax.dynamic_slice_in_dim(array, start, size) for array in arrays]


def in_strips(method: Forward, budget: float) -> Forward:
    """Make a convolution work in strips of rows where one image's patches exceed the budget."""

    def convolve(images: Array, kernels: Array, window: SlidingWindow) -> Array:
        outputs = window.outputs
        rows = _rows_of_a_strip(
            images, outputs, window, kernels.shape[0] * kernels.shape[-1], budget
        )
        if rows >= outputs[0]:
            return method(images, kernels, window)
        strips, inner = _cut_strips(images, window, rows, outputs[0])
        results = method(strips, kernels, inner)
        joined = results.reshape(images.shape[0], -1, *results.shape[2:])
        return joined[:, : outputs[0]]

    return convolve


def in_strips_kernel_gradient(method: Gradient, budget: float) -> Gradient:
    """Make a kernel gradient work in strips of rows where one image's patches exceed the budget."""

    def gradient(images: Array, cotangents: Array, window: SlidingWindow, groups: int) -> Array:
        outputs = cotangents.shape[1:-1]
        rows = _rows_of_a_strip(images, outputs, window, cotangents.shape[-1], budget)
        if rows >= outputs[0]:
            return method(images, cotangents, window, groups)
        strips, inner = _cut_strips(images, window, rows, outputs[0])
        missing = -outputs[0] % rows
        cotangents = pad(cotangents, ((0, missing), *((0, 0),) * (len(outputs) - 1)))
        cotangents = cotangents.reshape(strips.shape[0], rows, *cotangents.shape[2:])
        return method(strips, cotangents, inner, groups)

    return gradient


def _rows_of_a_strip(
    images: Array, outputs: tuple[int, ...], window: SlidingWindow, features: int, budget: float
) -> int:
    """Return how many rows of outputs make a strip: an even number near the budget."""
    elements = math.prod(outputs[1:]) * (math.prod(window.sizes) * images.shape[-1] + features)
    rows = max(2, int(budget // (elements * images.dtype.itemsize)) // 2 * 2)
    if rows >= outputs[0]:
        return outputs[0]
    strips = math.ceil(outputs[0] / rows)
    even = math.ceil(outputs[0] / strips)
    return even + even % 2


def _cut_strips(
    images: Array, window: SlidingWindow, rows: int, outputs: int
) -> tuple[Array, SlidingWindow]:
    """Cut images into overlapping strips of rows; return these as images, and their window."""
    stride, gap, (low, _) = window.strides[0], window.dilation[0], window.padding[0]
    count = math.ceil(outputs / rows)
    height = (rows - 1) * stride + (window.sizes[0] - 1) * gap + 1
    last = (count - 1) * rows * stride + height
    rest = ((0, 0),) * (images.ndim - 3)
    padded = pad(images, ((low, last - images.shape[1] - low), *rest))
    starts = [strip * rows * stride for strip in range(count)]
    strips = jnp.stack([padded[:, start : start + height] for start in starts], 1)
    inner = dataclasses.replace(
        window, shape=(height, *window.shape[1:]), padding=((0, 0), *window.padding[1:])
    )
    return strips.reshape(-1, *strips.shape[2:]), inner
