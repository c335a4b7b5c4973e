"""What every sliding window needs first: which axes are spatial, and one integer for each."""

import operator
from collections.abc import Iterable, Sequence

from jax import Array

MAX_SPATIAL_RANK = 3

IntOrInts = int | Sequence[int]
"""One integer for all spatial dimensions, or one for each."""


def per_dimension(
    name: str, value: IntOrInts, spatial_rank: int, *, minimum: int = 1
) -> tuple[int, ...]:
    """Returns `value` as one integer a spatial dimension, each at least `minimum`."""
    expected = "{} must be an int or a sequence of {} ints, got {!r}"
    try:
        values = tuple(value) if isinstance(value, Iterable) else (value,) * spatial_rank
        values = tuple(map(operator.index, values))
    except TypeError:
        raise TypeError(expected.format(name, spatial_rank, value)) from None
    if len(values) != spatial_rank:
        raise ValueError(expected.format(name, spatial_rank, value))
    if values and min(values) < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value!r}")
    return values


def check_spatial_rank(spatial_rank: int, *, told_by: str) -> None:
    """Raises unless there are 1, 2 or 3 spatial dimensions; `told_by` names their source."""
    if not 1 <= spatial_rank <= MAX_SPATIAL_RANK:
        raise ValueError(
            f"the spatial rank must be 1, 2 or 3, but {told_by} makes it {spatial_rank}"
        )


def spatial_shape_of(inputs: Array, spatial_rank: int, *, told_by: str) -> tuple[int, ...]:
    """Returns the spatial part of `(N, *spatial, C)` or `(*spatial, C)`, checking the rank."""
    check_spatial_rank(spatial_rank, told_by=told_by)
    if inputs.ndim not in (spatial_rank + 1, spatial_rank + 2):
        raise ValueError(
            f"inputs must have {spatial_rank + 2} axes (N, *spatial, C), or {spatial_rank + 1} for "
            f"one example, because {told_by} makes the spatial rank {spatial_rank}; "
            f"got shape {inputs.shape}"
        )
    return inputs.shape[-1 - spatial_rank : -1]
