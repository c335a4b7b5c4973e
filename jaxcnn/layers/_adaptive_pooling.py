"""Average-pooling to a given output size."""

import dataclasses

from flax import nnx
from jax import Array

from jaxcnn import functional as F
from jaxcnn._support.arguments import (
    as_plain,
    check_ints,
    check_tuple_of_ints,
    per_axis,
)
from jaxcnn._support.units import sides
from jaxcnn.layers._layer import (
    ShapeLayer,
    check_spatial,
)
from jaxcnn.layers._receptive_field import ReceptiveField, Shape


@dataclasses.dataclass(frozen=True)
class AdaptiveAvgPool(ShapeLayer):
    """Average-pooling to a fixed output size: the mean of each cell of a grid.

    With n pixels and m outputs along an axis, output i covers the pixels from ``floor(i * n / m)``
    up to, but not including, ``ceil((i + 1) * n / m)``, as in PyTorch. Where m does not divide n,
    or m exceeds n, neighboring cells share pixels.

    Args:
        output_size: Side of the grid, or one size per spatial axis.

    Example:
        >>> AdaptiveAvgPool(6).output_shape((13, 13, 256))
        (6, 6, 256)
    """

    output_size: int | Shape

    def __post_init__(self) -> None:
        super().__post_init__()
        check_ints("output_size", self.output_size)

    def label(self, input_shape: Shape) -> str:
        """Return a label such as ``AdaptiveAvgPool 6×6``."""
        return f"AdaptiveAvgPool {sides(self._grid(input_shape))}"

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(*output_size, C)``."""
        return (*self._grid(input_shape), input_shape[-1])

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """Return the cell, or the whole axis if cells differ in size or are not evenly spaced."""
        pairs = [*zip(input_shape[:-1], self._grid(input_shape), strict=True)]
        sizes = tuple(n if n % cells else n // cells for n, cells in pairs)
        strides = tuple(0 if n % cells else n // cells for n, cells in pairs)
        return ReceptiveField(sizes, strides, (0,) * len(pairs))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build an `AdaptiveAvgPoolModule`."""
        del rngs
        return AdaptiveAvgPoolModule(self._grid(input_shape))

    def _grid(self, input_shape: Shape) -> Shape:
        check_spatial(input_shape)
        return per_axis("output_size", self.output_size, len(input_shape) - 1)


class AdaptiveAvgPoolModule(nnx.Module):
    """Average-pooling to a fixed output size, with the cells of PyTorch.

    Args:
        output_size: Sizes of the grid, one per spatial axis.
    """

    def __init__(self, output_size: tuple[int, ...]) -> None:
        check_tuple_of_ints("output_size", sizes := as_plain(output_size))
        self.output_size: tuple[int, ...] = sizes

    def __call__(self, inputs: Array) -> Array:
        """Map ``(N, *spatial, C)`` to ``(N, *output_size, C)``."""
        spatial = inputs.shape[1:-1]
        pairs = [*zip(spatial, self.output_size, strict=True)]
        if any(size % cells for size, cells in pairs):
            rank = len(spatial)
            return F.adaptive_avg_pool(inputs, self.output_size, spatial_rank=rank)
        # Cells of equal size are windows, which need no slice per cell.
        return F.avg_pool(inputs, tuple(size // cells for size, cells in pairs))
