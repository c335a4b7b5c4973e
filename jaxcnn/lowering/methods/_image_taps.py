"""The pieces of images that the taps of a sliding window see."""

from collections.abc import Iterator

import numpy as np
from jax import Array, lax

from jaxcnn.lowering._sliding_window import Pairs, SlidingWindow


def pad(images: Array, padding: Pairs) -> Array:
    """Returns `images` with zeros around them, or less of them where a pad is negative."""
    if not any(map(any, padding)):
        return images
    config = [(0, 0, 0), *((low, high, 0) for low, high in padding), (0, 0, 0)]
    return lax.pad(images, np.zeros((), images.dtype), config)


def along(padded: Array, axis: int, window: SlidingWindow) -> Iterator[Array]:
    """Yields what each tap sees along one spatial dimension, counted from 0."""
    stride, gap, outputs = window.strides[axis], window.dilation[axis], window.outputs[axis]
    for tap in range(window.sizes[axis]):
        start = tap * gap
        stop = start + (outputs - 1) * stride + 1
        yield lax.slice_in_dim(padded, start, stop, stride, axis=axis + 1)


def taps(padded: Array, window: SlidingWindow) -> list[Array]:
    """Returns what each tap sees, `(N, *outputs, C)`, in row-major order of the taps."""
    pieces = [padded]
    for axis in range(len(window.sizes)):
        pieces = [seen for piece in pieces for seen in along(piece, axis, window)]
    return pieces
