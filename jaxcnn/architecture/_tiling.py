"""Tiles of images, on each of which a network computes what it would on the whole image.

A tile is a part of the image. In its middle, the network computes the same outputs as on the whole
image, if two conditions hold along each axis. The tile begins at a multiple of the network's total
stride. And its size and the image's size leave the same remainder by this stride: then "SAME"
padding begins equally early in all layers, as it only depends on this remainder. At the edges of
the image, tiles are padded as the whole image is. At the other edges of a tile, the outputs that
depend on pixels beyond the tile are wrong; `Tiling` counts them.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from jaxcnn.architecture._input_shape import check_input_shape
from jaxcnn.layers import Container, Layer, Sequential, Shape, check_layer
from jaxcnn.lowering import SlidingWindow


class Span(NamedTuple):
    """A tile along one axis.

    Attributes:
        pixels: Where the tile lies in the image.
        kept: Which outputs of the tile are those of the whole image.
        outputs: Where these lie in the output for the whole image.
    """

    pixels: slice
    kept: slice
    outputs: slice


class AxisTiling(NamedTuple):
    """Tiles of an image along one axis.

    Attributes:
        pixels: Size of the image.
        outputs: Size of the network's output.
        step: The total stride: tiles begin at its multiples, and their sizes leave the same
            remainder by it as the image's size.
        scale: Number of outputs per pixel: 1/4 with two strides of 2.
        before: Number of outputs at the beginning of a tile that depend on pixels before the tile.
        after: Number of outputs at the end of a tile that depend on pixels after it.
    """

    pixels: int
    outputs: int
    step: int = 1
    scale: Fraction = Fraction(1)
    before: int = 0
    after: int = 0

    def through(self, window: SlidingWindow, axis: int) -> "AxisTiling":
        """Return the tiling of a network with one more layer at its end, which has this window."""
        size, stride, dilation = self.outputs, window.strides[axis], window.input_dilation[axis]
        (low, _), extent = window.padding[axis], window.extents[axis]
        outputs = window.outputs[axis]
        # Output i depends on the positions from i * stride - low of the dilated input. There, the
        # right values are at the multiples of the dilation above and below these two positions.
        wrong_below = (self.before - 1) * dilation
        wrong_above = (size - self.after) * dilation
        first = (wrong_below + low) // stride + 1
        last = (wrong_above + low - extent) // stride
        scale = self.scale * dilation / stride
        return self._replace(
            outputs=outputs,
            step=math.lcm(self.step, scale.denominator),
            scale=scale,
            before=max(first, 0),
            after=max(outputs - 1 - last, 0),
        )

    def spans(self, size: int) -> list[Span]:
        """Return tiles of one size that cover the axis: the largest size up to `size`.

        Raises:
            ValueError: If tiles of this size have too few right outputs to cover the axis.
        """
        size = min(size, self.pixels)
        size -= (size - self.pixels) % self.step
        end = self.pixels - size
        outputs = self.outputs - int(end * self.scale)
        right = outputs - self.before - self.after
        advance = self.step * math.floor(right / (self.step * self.scale))
        if end and (size < 1 or advance < self.step):
            raise ValueError(f"expected at least {self._least()}")
        spans = []
        for start in [*range(0, end, max(advance, 1)), end]:
            first = self.before if start else 0
            stop = outputs - (self.after if start < end else 0)
            offset = int(start * self.scale)
            kept, whole = slice(first, stop), slice(offset + first, offset + stop)
            spans.append(Span(slice(start, start + size), kept, whole))
        return spans

    def _least(self) -> int:
        """Return the smallest size of tiles that cover the axis."""
        wrong = self.before + self.after
        least = self.pixels - math.floor((self.outputs - wrong) / self.scale) + self.step
        return min(self.pixels, least + (self.pixels - least) % self.step)


class Tiling(NamedTuple):
    """Tiles of images of one shape, for a network whose outputs depend on windows of them.

    Attributes:
        axes: One `AxisTiling` per spatial axis.
        features: Number of channels of the network's output.
    """

    axes: tuple[AxisTiling, ...]
    features: int

    @classmethod
    def of(cls, architecture: Layer, input_shape: Shape) -> "Tiling":
        """Return the tiling of a network in which each output depends on a window of the image.

        Args:
            architecture: The network as data.
            input_shape: The shape of the whole image, such as ``(H, W, C)``.

        Raises:
            TypeError: If `architecture` is not a layer.
            ValueError: If outputs of a layer depend on more than a window of its input. The error
                names the layer.

        Example:
            >>> from jaxcnn import Conv, MaxPool, Sequential
            >>> net = Sequential([Conv(8, 3), MaxPool(2), Conv(4, 3)])
            >>> axis = Tiling.of(net, (100, 100, 3)).axes[0]
            >>> axis.step, axis.before, axis.after
            (2, 2, 2)
        """
        check_layer(architecture)
        shape = check_input_shape(input_shape)
        whole = tuple(AxisTiling(size, size) for size in shape[:-1])
        container = (
            architecture if isinstance(architecture, Container) else Sequential([architecture])
        )
        axes, shape = _after(container, whole, shape)
        return cls(axes, shape[-1])


Axes = tuple[AxisTiling, ...]


def _after(layer: Layer, axes: Axes, shape: Shape) -> tuple[Axes, Shape]:
    """Return the tiling and the output shape after a layer with inputs of this shape."""
    if not isinstance(layer, Container):
        window = layer.sliding_window(shape)
        if window is None:
            raise ValueError(
                "expected a layer that sees a window of its input, as tiles need, got one that may "
                "see all of it (cut the network before this layer, as Network.backbone does before "
                "the head)"
            )
        through = tuple(each.through(window, axis) for axis, each in enumerate(axes))
        return through, layer.output_shape(shape)
    ends = []
    for chain in layer.chains():
        end = axes, shape
        for link in chain:
            with link.named_in_errors(end[1]):
                end = _after(link.layer, *end)
        ends.append(end)
    return _joined([end for end, _ in ends]), layer.join([end for _, end in ends])


def _joined(chains: Sequence[Axes]) -> Axes:
    """Return the tiling of an output that is joined from the outputs of several chains."""
    return tuple(map(_joined_axis, zip(*chains, strict=True)))


def _joined_axis(ends: Sequence[AxisTiling]) -> AxisTiling:
    if len({end.scale for end in ends}) > 1:
        strides = ", ".join(str(1 / end.scale) for end in ends)
        raise ValueError(f"expected branches of one total stride, got {strides}")
    return ends[0]._replace(
        step=math.lcm(*(end.step for end in ends)),
        before=max(end.before for end in ends),
        after=max(end.after for end in ends),
    )
