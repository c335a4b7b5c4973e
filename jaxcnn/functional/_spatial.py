"""What every sliding window needs first: which axes are spatial."""

from collections.abc import Sequence

from jax import Array

MAX_SPATIAL_RANK = 3

IntOrInts = int | Sequence[int]
"""One integer for all spatial dimensions, or one for each."""


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
