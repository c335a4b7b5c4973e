"""Receptive fields: the box of input pixels that an output depends on."""

from collections.abc import Sequence
from typing import NamedTuple

from jaxcnn.lowering import SlidingWindow

Shape = tuple[int, ...]
"""The sizes of some axes."""


class ReceptiveField(NamedTuple):
    """The receptive field of a layer: the box of input pixels that each output value depends on.

    Along each spatial axis, output ``i`` depends on `size` pixels. The first of these pixels is
    ``i * stride - padding``. The part of the box outside the input is padding. With CIRCULAR
    padding, this part stands for pixels of the opposite side. Statistics and gates, such as those
    of `GroupNorm` and `SqueezeExcite`, depend on the whole input, but count as constants here.

    Attributes:
        size: Side of the box, one per spatial axis of the input. For a whole network, this size is
            commonly called the network's receptive field.
        stride: Distance between the boxes of two neighboring outputs; 0 if all outputs have the
            same box.
        padding: Number of pixels by which the first output's box begins before the input.
    """

    size: Shape
    stride: Shape
    padding: Shape

    @classmethod
    def of_one_pixel(cls, spatial_rank: int) -> "ReceptiveField":
        """Return the field of a layer whose outputs depend on the pixel at their position."""
        return cls((1,) * spatial_rank, (1,) * spatial_rank, (0,) * spatial_rank)

    @classmethod
    def of_everything(cls, spatial_shape: Shape) -> "ReceptiveField":
        """Return the field of a layer whose outputs all depend on the whole input."""
        return cls(spatial_shape, (0,) * len(spatial_shape), (0,) * len(spatial_shape))

    @classmethod
    def of_window(cls, window: SlidingWindow) -> "ReceptiveField":
        """Return the field of a layer whose outputs each depend on the pixels under a window."""
        return cls(window.extents, window.strides, tuple(low for low, _ in window.padding))

    def then(self, field: "ReceptiveField", shape: Shape) -> "ReceptiveField":
        """Compose the fields of this layer and the next one, in pixels of this layer's input.

        Args:
            field: The receptive field of the next layer.
            shape: The input shape of the next layer.
        """
        if len(field.size) != len(self.size):
            # After a layer that changes the number of axes, later layers have its field. But if
            # the network's input is a row of tokens, without channels, positions begin with the
            # layer that adds channels.
            is_of_tokens = not self.size and len(field.size) == len(shape)
            return field if is_of_tokens else self
        (size_a, stride_a, padding_a), (size_b, stride_b, padding_b) = self, field
        return ReceptiveField(
            tuple(a + (b - 1) * step for a, b, step in zip(size_a, size_b, stride_a, strict=True)),
            tuple(a * b for a, b in zip(stride_a, stride_b, strict=True)),
            tuple(a + b * step for a, b, step in zip(padding_a, padding_b, stride_a, strict=True)),
        )

    def within(self, input_shape: Shape) -> "ReceptiveField":
        """Return the field on an input of this shape; a field of a whole axis has stride 0."""
        axes = [
            (n, 0, 0) if step == 0 and -pad <= 0 and size - pad >= n else (size, step, pad)
            for size, step, pad, n in zip(*self, input_shape, strict=False)
        ]
        return ReceptiveField(*zip(*axes, strict=True)) if axes else self

    @classmethod
    def union(cls, fields: Sequence["ReceptiveField"], input_shape: Shape) -> "ReceptiveField":
        """Return the field of a value that is computed from several outputs at the same position.

        If the strides of the outputs are equal along an axis, the field is the smallest range that
        contains the fields of all these outputs. Otherwise, the field is the whole axis. A row of
        tokens has no channels: its only axis is spatial.
        """
        rank = max(len(field.size) for field in fields)
        # Next to a branch that reads tokens, a branch without positions adds nothing.
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
