"""Windows that slide over an array: their positions, and how many there are."""

import dataclasses
from functools import cached_property
from math import prod

PaddingPairs = tuple[tuple[int, int], ...]
"""Padding as one pair (low, high) per axis."""


def dilated(size: int, dilation: int) -> int:
    """Return the extent of `size` elements spaced `dilation` apart; 0 if `size` is 0."""
    return (size - 1) * dilation + 1 if size else 0


def output_size(
    size: int, window: int, stride: int, padding: tuple[int, int], *, ceil_mode: bool = False
) -> int:
    """Compute the output size of a convolution or pooling along one axis.

    The size is ``floor((size + low + high - window) / stride) + 1``, but at least 0. With
    `ceil_mode`, the quotient is rounded up instead of down. A last window that would start beyond
    the input is dropped.

    Args:
        size: Size of the input, including its dilation.
        window: Extent of the window, including its dilation.
        stride: Stride of the window.
        padding: (low, high) around the input; negative padding crops.
        ceil_mode: Whether to count a last window that reaches beyond the padded input. Such a
            window is kept only if it starts in the input or in the low padding.

    Example:
        >>> output_size(7, 2, 2, (0, 0)), output_size(7, 2, 2, (0, 0), ceil_mode=True)
        (3, 4)
    """
    low, high = padding
    free = size + low + high - window
    if not ceil_mode:
        return max(0, free // stride + 1)
    positions = -(-free // stride) + 1
    starts_beyond_input = (positions - 1) * stride >= size + low
    return max(0, positions - 1 if starts_beyond_input else positions)


@dataclasses.dataclass(frozen=True)
class SlidingWindow:
    """A window that slides over an array; every attribute has one entry per axis.

    The axes are either the spatial axes alone, as from `functional.conv_window` and
    `functional.pool_window`, or all axes of the array. In the second case, the window has size 1
    along batch and channels.

    Attributes:
        shape: Sizes of the array.
        sizes: Number of window elements.
        strides: Strides of the window.
        padding: (low, high) around the array, after its dilation; negative padding crops.
        dilation: Distance between neighboring elements of the window; () means 1 everywhere.
        input_dilation: Distance between neighboring elements of the array; () means 1 everywhere.
        overhang: How far the last window of a pooling with `ceil_mode` reaches beyond the
            padding; () means 0 everywhere.
    """

    shape: tuple[int, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    padding: PaddingPairs
    dilation: tuple[int, ...] = ()
    input_dilation: tuple[int, ...] = ()
    overhang: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        ones = (1,) * len(self.shape)
        object.__setattr__(self, "dilation", self.dilation or ones)
        object.__setattr__(self, "input_dilation", self.input_dilation or ones)
        object.__setattr__(self, "overhang", self.overhang or (0,) * len(self.shape))

    @classmethod
    def along(cls, shape: tuple[int, ...], axis: int, size: int, stride: int) -> "SlidingWindow":
        """Make an unpadded window that slides along one axis and has size 1 on all others."""
        ones = (1,) * len(shape)
        return cls(
            tuple(shape),
            (*ones[:axis], size, *ones[axis + 1 :]),
            (*ones[:axis], stride, *ones[axis + 1 :]),
            ((0, 0),) * len(shape),
        )

    @cached_property
    def extents(self) -> tuple[int, ...]:
        """Extent of the window along each axis, including its dilation."""
        return tuple(map(dilated, self.sizes, self.dilation))

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """Number of window positions along each axis."""
        sizes = map(dilated, self.shape, self.input_dilation)
        rows = zip(sizes, self.extents, self.strides, self.padding, self.overhang, strict=True)
        return tuple(
            output_size(size, extent, stride, (low, high + beyond))
            for size, extent, stride, (low, high), beyond in rows
        )

    @cached_property
    def elements(self) -> int:
        """Number of elements in one window."""
        return prod(self.sizes)

    @cached_property
    def is_padded(self) -> bool:
        """Tell whether any axis is padded or cropped."""
        return any(map(any, self.padding))
