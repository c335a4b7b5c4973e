"""A window that slides over an array: where it stands, and how often it fits."""

import dataclasses
from functools import cached_property
from math import prod

Pairs = tuple[tuple[int, int], ...]
"""(low, high) for each axis."""


def dilated(size: int, dilation: int) -> int:
    """Returns the extent of `size` elements that stand `dilation` apart; 0 of none."""
    return (size - 1) * dilation + 1 if size else 0


def output_size(
    size: int, window: int, stride: int, padding: tuple[int, int], *, ceil_mode: bool = False
) -> int:
    """Returns how many places a window has along one axis: convolutions', poolings', all of them.

    That is ``floor((size + low + high - window) / stride) + 1``.

    Args:
        size: of the input; dilated, if it is.
        window: its extent; dilated, if it is.
        stride: its step.
        padding: (low, high) around the input; negative pads crop.
        ceil_mode: whether a last window that is only partly filled counts, if it starts in the
            input or its low padding.

    Example:
        >>> output_size(7, 2, 2, (0, 0)), output_size(7, 2, 2, (0, 0), ceil_mode=True)
        (3, 4)
    """
    low, high = padding
    free = size + low + high - window
    if not ceil_mode:
        return max(0, free // stride + 1)
    places = -(-free // stride) + 1
    starts_beyond_input = (places - 1) * stride >= size + low
    return max(0, places - 1 if starts_beyond_input else places)


@dataclasses.dataclass(frozen=True)
class SlidingWindow:
    """A window that slides over an array, with one entry per axis that it slides along.

    Convolutions slide along the spatial axes. Poolings are resolved along these, and computed as
    windows over all axes of the array, which are 1 along batch and channels.

    Attributes:
        shape: sizes of the array along these axes.
        sizes: sizes of the window: how many elements it has.
        strides: its steps.
        padding: (low, high) around the array, after its dilation; negative pads crop.
        dilation: distance between neighboring elements of the window; 1 where it is ().
        input_dilation: distance between neighboring elements of the array; 1 where it is ().
        overhang: how far the last window of a pooling with `ceil_mode` reaches beyond the
            padding; 0 where it is ().
    """

    shape: tuple[int, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    padding: Pairs
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
        """Makes a window along one axis of all, without padding."""
        ones = (1,) * len(shape)
        return cls(
            tuple(shape),
            (*ones[:axis], size, *ones[axis + 1 :]),
            (*ones[:axis], stride, *ones[axis + 1 :]),
            ((0, 0),) * len(shape),
        )

    @cached_property
    def extents(self) -> tuple[int, ...]:
        """How far the window reaches along each axis, its dilation included."""
        return tuple(map(dilated, self.sizes, self.dilation))

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """How many places the window has along each axis."""
        sizes = map(dilated, self.shape, self.input_dilation)
        rows = zip(sizes, self.extents, self.strides, self.padding, self.overhang, strict=True)
        return tuple(
            output_size(size, extent, stride, (low, high + beyond))
            for size, extent, stride, (low, high), beyond in rows
        )

    @cached_property
    def elements(self) -> int:
        """How many elements the window sees at once."""
        return prod(self.sizes)

    @cached_property
    def is_padded(self) -> bool:
        """Whether there is any padding."""
        return any(map(any, self.padding))
