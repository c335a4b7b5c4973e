"""A sliding window over images, and the pieces of the images that it sees."""

import dataclasses
from collections.abc import Iterator

import numpy as np
from jax import Array, lax

Pairs = tuple[tuple[int, int], ...]


@dataclasses.dataclass(frozen=True)
class Window:
    """How a window slides over images `(N, *spatial, C)`.

    Attributes:
        sizes: its size in each spatial dimension, the number of its taps.
        strides: its steps.
        padding: (low, high) zeros around the images; negative pads crop.
        dilation: distance between neighbouring taps.
    """

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    padding: Pairs
    dilation: tuple[int, ...]

    def outputs(self, spatial: tuple[int, ...]) -> tuple[int, ...]:
        """How many positions the window has on images of these spatial sizes."""
        return tuple(
            max(0, (size + low + high - (window - 1) * gap - 1) // stride + 1)
            for size, (low, high), window, gap, stride in zip(
                spatial, self.padding, self.sizes, self.dilation, self.strides, strict=True
            )
        )


def pad(images: Array, padding: Pairs) -> Array:
    """Returns `images` with zeros around them, or less of them where a pad is negative."""
    if not any(map(any, padding)):
        return images
    config = [(0, 0, 0), *((low, high, 0) for low, high in padding), (0, 0, 0)]
    return lax.pad(images, np.zeros((), images.dtype), config)


def along(padded: Array, axis: int, window: Window, outputs: int) -> Iterator[Array]:
    """Yields what each tap sees along one spatial dimension, counted from 0."""
    stride, gap = window.strides[axis], window.dilation[axis]
    for tap in range(window.sizes[axis]):
        start = tap * gap
        stop = start + (outputs - 1) * stride + 1
        yield lax.slice_in_dim(padded, start, stop, stride, axis=axis + 1)


def taps(padded: Array, window: Window, outputs: tuple[int, ...]) -> list[Array]:
    """Returns what each tap sees, `(N, *outputs, C)`, in row-major order of the taps."""
    pieces = [padded]
    for axis, count in enumerate(outputs):
        pieces = [seen for piece in pieces for seen in along(piece, axis, window, count)]
    return pieces
