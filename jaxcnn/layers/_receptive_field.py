"""What of an input the outputs see: windows, one behind another and side by side."""

from collections.abc import Sequence
from typing import NamedTuple

Shape = tuple[int, ...]


class Window(NamedTuple):
    """The box of input pixels that each output value of a layer sees.

    Along each spatial axis, output ``i`` sees the pixels from ``i * stride - padding``, `size`
    of them. What of the box lies outside the input is padding; CIRCULAR padding repeats there
    the pixels of the opposite side. Statistics and gates (of `GroupNorm`, say, or
    `SqueezeExcite`) are taken for constants, as they are in the network's linearisation.

    Attributes:
        size: side of the box, one number for each spatial axis of the input; of a whole
            network, this is its receptive field.
        stride: how far apart the boxes of two neighbouring outputs are; 0 where all outputs
            see the same box.
        padding: how far before the input's start the first output's box begins.
    """

    size: Shape
    stride: Shape
    padding: Shape

    @classmethod
    def of_one_pixel(cls, spatial_rank: int) -> "Window":
        """The window of a layer whose outputs each see the pixel in their own place."""
        return cls((1,) * spatial_rank, (1,) * spatial_rank, (0,) * spatial_rank)

    @classmethod
    def of_everything(cls, spatial_shape: Shape) -> "Window":
        """The window of a layer whose outputs all see the whole input."""
        return cls(spatial_shape, (0,) * len(spatial_shape), (0,) * len(spatial_shape))

    def then(self, window: "Window", shape: Shape) -> "Window":
        """The window of this and of a layer behind it, in pixels of this one's input.

        Args:
            window: that layer's own.
            shape: that layer's input shape.
        """
        if len(window.size) != len(self.size):
            # Once a layer has changed the number of axes, all that follows sees what it saw;
            # but where the network's input is a row of tokens, which has no channels, the places
            # begin with the layer that gives it some.
            is_of_tokens = not self.size and len(window.size) == len(shape)
            return window if is_of_tokens else self
        (size_a, stride_a, padding_a), (size_b, stride_b, padding_b) = self, window
        return Window(
            tuple(a + (b - 1) * step for a, b, step in zip(size_a, size_b, stride_a, strict=True)),
            tuple(a * b for a, b in zip(stride_a, stride_b, strict=True)),
            tuple(a + b * step for a, b, step in zip(padding_a, padding_b, stride_a, strict=True)),
        )

    def within(self, input_shape: Shape) -> "Window":
        """This window of an input, where all outputs see the whole axis written as just that."""
        axes = [
            (n, 0, 0) if step == 0 and -pad <= 0 and size - pad >= n else (size, step, pad)
            for size, step, pad, n in zip(*self, input_shape, strict=False)
        ]
        return Window(*zip(*axes, strict=True)) if axes else self


def union(windows: Sequence[Window], input_shape: Shape) -> Window:
    """What values see that are computed from several outputs in the same place.

    That is the smallest box around all of theirs where they move alike, and the whole axis where
    they do not. (A row of tokens has no channels: its one axis is one that windows move along.)
    """
    rank = max(len(window.size) for window in windows)
    # Beside a branch that reads tokens, one that knows no places has nothing to add.
    windows = [window for window in windows if len(window.size) == rank]
    if all(window == windows[0] for window in windows):
        return windows[0]
    axes = [
        _union_of_axis([(w.size[axis], w.stride[axis], w.padding[axis]) for w in windows], size)
        for axis, size in zip(range(rank), input_shape, strict=False)
    ]
    sizes, strides, paddings = zip(*axes, strict=True)
    return Window(sizes, strides, paddings)


def _union_of_axis(windows: list[tuple[int, int, int]], size: int) -> tuple[int, int, int]:
    strides = {stride for _, stride, _ in windows}
    if len(strides) > 1:
        return size, 0, 0
    before = max(padding for _, _, padding in windows)
    after = max(side - padding for side, _, padding in windows)
    return before + after, strides.pop(), before
