"""Windows that slide over an array."""

import dataclasses
from functools import cached_property
from math import prod

from jaxcnn.lowering._convolution import Pairs


@dataclasses.dataclass(frozen=True)
class SlidingWindows:
    """The static side of one `jax.lax.reduce_window`: one entry an axis of the array.

    Attributes:
        shape: shape of the array.
        window: sizes of the window.
        strides: its steps.
        padding: (low, high) around the array.
    """

    shape: tuple[int, ...]
    window: tuple[int, ...]
    strides: tuple[int, ...]
    padding: Pairs

    @classmethod
    def along(cls, shape: tuple[int, ...], axis: int, window: int, stride: int) -> "SlidingWindows":
        """Makes windows along one axis, without padding."""
        ones = (1,) * len(shape)
        return cls(
            tuple(shape),
            (*ones[:axis], window, *ones[axis + 1 :]),
            (*ones[:axis], stride, *ones[axis + 1 :]),
            ((0, 0),) * len(shape),
        )

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """How many windows fit along each axis."""
        rows = zip(self.shape, self.window, self.strides, self.padding, strict=True)
        return tuple(max(0, (n + sum(pair) - k) // s + 1) for n, k, s, pair in rows)

    @cached_property
    def places(self) -> int:
        """How many elements a window sees."""
        return prod(self.window)

    @cached_property
    def is_padded(self) -> bool:
        """Whether there is any padding."""
        return any(map(any, self.padding))
