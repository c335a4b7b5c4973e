"""Resolve padding, however it is written, to (low, high) pairs."""

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from jaxcnn._support.arguments import per_axis
from jaxcnn.lowering import PaddingPairs

PaddingName = Literal["SAME", "VALID", "CIRCULAR"]
"""The paddings that have names."""

PaddingLike = PaddingName | int | Sequence[int | tuple[int, int]]
"""`"SAME"`, `"VALID"`, `"CIRCULAR"`, an int, or an int or (low, high) pair per dimension."""

NAMED_PADDINGS = get_args(PaddingName)
"""The paddings that have names."""


def is_named(padding: PaddingLike, *names: str) -> bool:
    """Return whether padding is given as one of these names; arrays never are."""
    return isinstance(padding, str) and padding in names


def resolve_padding(
    padding: PaddingLike, sizes: Sequence[int], windows: Sequence[int], strides: Sequence[int]
) -> PaddingPairs:
    """Resolve padding, however it is written, to one (low, high) pair per spatial dimension.

    Args:
        padding: `"SAME"`, `"VALID"`, `"CIRCULAR"`, an int, or an int or (low, high) pair per
            dimension.
        sizes: Sizes of the input, after its dilation.
        windows: Sizes of the window, after its dilation.
        strides: Steps of the window.

    Raises:
        ValueError: If the name is unknown, or the padding does not have one entry per dimension.
        TypeError: If an integer argument is not an integer.

    Example:
        >>> resolve_padding("SAME", (32, 32), (5, 5), (2, 2))
        ((1, 2), (1, 2))
    """
    if isinstance(padding, str):
        if padding not in NAMED_PADDINGS:
            raise ValueError(
                f"padding: expected one of {', '.join(NAMED_PADDINGS)}, an int, ints or "
                f"(low, high) pairs, got {padding!r}"
            )
        return tuple(
            named_padding(padding, size, window, stride)
            for size, window, stride in zip(sizes, windows, strides, strict=True)
        )
    return explicit_padding(padding, len(sizes))


def named_padding(name: str, size: int, window: int, stride: int) -> tuple[int, int]:
    """Return the (low, high) padding of one dimension for a name."""
    if name == "VALID":
        return 0, 0
    if name == "CIRCULAR":  # what stride 1 would need, whatever the stride
        return (window - 1) // 2, window // 2
    # SAME: the fewest zeros for ceil(size / stride) windows, an odd one on the high side.
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def explicit_padding(
    padding: int | Sequence[int | tuple[int, int]], spatial_rank: int
) -> PaddingPairs:
    """Return padding given as an int, as ints or as (low, high) pairs as one pair per dimension."""
    sides = tuple(padding) if isinstance(padding, Iterable) else (padding,) * spatial_rank
    if len(sides) != spatial_rank:
        raise ValueError(
            f"padding: expected {spatial_rank} entries, an int or a (low, high) pair per spatial "
            f"dimension, got {padding!r}"
        )
    return tuple(_pair(side) for side in sides)


def _pair(side: int | tuple[int, int]) -> tuple[int, int]:
    low, high = per_axis("padding of a dimension", side, 2, minimum=0)
    return low, high
