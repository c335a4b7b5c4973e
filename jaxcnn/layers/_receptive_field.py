"""Receptive fields: the box of input pixels that an output sees."""

from collections.abc import Sequence
from typing import NamedTuple

from jaxcnn.lowering import SlidingWindow

Shape = tuple[int, ...]
"""The sizes of some axes."""


class ReceptiveField(NamedTuple):
    """The box of input pixels that each output value of a layer sees.

    Along each spatial axis, output ``i`` sees the pixels from ``i * stride - padding``, `size`
    of them. What of the box lies outside the input is padding; CIRCULAR padding repeats there
    the pixels of the opposite side. Statistics and gates (of `GroupNorm`, say, or
    `SqueezeExcite`) are taken for constants, as they are in the network's linearisation.

    Attributes:
        size: side of the box, one number for each spatial axis of the input; of a whole
            network, this is its receptive field.
        stride: how far apart the boxes of two neighboring outputs are; 0 where all outputs
            see the same box.
        padding: how far before the input's start the first output's box begins.
    """

    size: Shape
    stride: Shape
    padding: Shape

    @classmethod
    def of_one_pixel(cls, spatial_rank: int) -> "ReceptiveField":
        """The receptive field of a layer whose outputs each see the pixel in their own place."""
        return cls((1,) * spatial_rank, (1,) * spatial_rank, (0,) * spatial_rank)

    @classmethod
    def of_everything(cls, spatial_shape: Shape) -> "ReceptiveField":
        """The receptive field of a layer whose outputs all see the whole input."""
        return cls(spatial_shape, (0,) * len(spatial_shape), (0,) * len(spatial_shape))

    @classmethod
    def of_window(cls, window: SlidingWindow) -> "ReceptiveField":
        """The receptive field of a layer whose outputs each see what is under its window."""
        return cls(window.extents, window.strides, tuple(low for low, _ in window.padding))

    def then(self, field: "ReceptiveField", shape: Shape) -> "ReceptiveField":
        """The receptive field through this layer and then another, in pixels of this one's input.

        Args:
            field: the other layer's own.
            shape: the other layer's input shape.
        """
        if len(field.size) != len(self.size):
            # Once a layer has changed the number of axes, all that follows sees what it saw;
            # but where the network's input is a row of tokens, which has no channels, the places
            # begin with the layer that gives it some.
            is_of_tokens = not self.size and len(field.size) == len(shape)
            return field if is_of_tokens else self
        (size_a, stride_a, padding_a), (size_b, stride_b, padding_b) = self, field
        return ReceptiveField(
            tuple(a + (b - 1) * step for a, b, step in zip(size_a, size_b, stride_a, strict=True)),
            tuple(a * b for a, b in zip(stride_a, stride_b, strict=True)),
            tuple(a + b * step for a, b, step in zip(padding_a, padding_b, stride_a, strict=True)),
        )

    def within(self, input_shape: Shape) -> "ReceptiveField":
        """The same on an input of this shape: an axis that all outputs see whole is written so."""
        axes = [
            (n, 0, 0) if step == 0 and -pad <= 0 and size - pad >= n else (size, step, pad)
            for size, step, pad, n in zip(*self, input_shape, strict=False)
        ]
        return ReceptiveField(*zip(*axes, strict=True)) if axes else self

    @classmethod
    def union(cls, fields: Sequence["ReceptiveField"], input_shape: Shape) -> "ReceptiveField":
        """What a value sees that is computed from several outputs in the same place.

        It is the smallest box around all of their fields where these move alike, and the whole
        axis where they do not. (A row of tokens has no channels: its only axis is spatial.)
        """
        rank = max(len(field.size) for field in fields)
        # Beside a branch that reads tokens, one that knows no places has nothing to add.
        fields = [field for field in fields if len(field.size) == rank]
        if all(field == fields[0] for field in fields):
            return fields[0]
        axes = [
            _union_of_axis([(f.size[axis], f.stride[axis], f.padding[axis]) for f in fields], size)
            for axis, size in zip(range(rank), input_shape, strict=False)
        ]
        sizes, strides, paddings = zip(*axes, strict=True)
        return cls(sizes, strides, paddings)


def _union_of_axis(fields: list[tuple[int, int, int]], size: int) -> tuple[int, int, int]:
    strides = {stride for _, stride, _ in fields}
    if len(strides) > 1:
        return size, 0, 0
    before = max(padding for _, _, padding in fields)
    after = max(side - padding for side, _, padding in fields)
    return before + after, strides.pop(), before
