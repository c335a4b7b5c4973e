"""Average pooling to a size of its own."""

import dataclasses

from flax import nnx
from jax import Array

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_ints, per_axis
from jaxcnn._support.units import sides
from jaxcnn.layers._checks import check_spatial
from jaxcnn.layers._layer import Costless
from jaxcnn.layers._receptive_field import ReceptiveField, Shape


@dataclasses.dataclass(frozen=True)
class AdaptiveAvgPool(Costless):
    """The mean of each cell of a grid laid over the picture, whatever the picture's size.

    Of n pixels and m outputs, output i sees the pixels from ``floor(i * n / m)`` up to, but not
    including, ``ceil((i + 1) * n / m)``, as in PyTorch: where m does not divide n (or exceeds
    it), neighbouring cells share pixels.

    Args:
        output_size: side of the grid, or one size for each spatial axis.

    Example:
        >>> AdaptiveAvgPool(6).output_shape((13, 13, 256))
        (6, 6, 256)
    """

    output_size: int | Shape

    def __post_init__(self) -> None:
        super().__post_init__()
        check_ints("output_size", self.output_size)

    def label(self, input_shape: Shape) -> str:
        """``AdaptiveAvgPool 6×6``, say."""
        return f"AdaptiveAvgPool {sides(self._grid(input_shape))}"

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(*output_size, C)``."""
        return (*self._grid(input_shape), input_shape[-1])

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """The cell; or the whole axis, where cells differ in size and do not stand in step."""
        pairs = [*zip(input_shape[:-1], self._grid(input_shape), strict=True)]
        sizes = tuple(n if n % cells else n // cells for n, cells in pairs)
        strides = tuple(0 if n % cells else n // cells for n, cells in pairs)
        return ReceptiveField(sizes, strides, (0,) * len(pairs))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """An `AdaptiveAvgPoolModule`."""
        del rngs
        return AdaptiveAvgPoolModule(self._grid(input_shape))

    def _grid(self, input_shape: Shape) -> Shape:
        check_spatial(input_shape)
        return per_axis("output_size", self.output_size, len(input_shape) - 1)


class AdaptiveAvgPoolModule(nnx.Module):
    """The mean of each cell of a grid laid over the inputs, as in PyTorch.

    Args:
        output_size: sizes of the grid, one for each spatial axis.
    """

    def __init__(self, output_size: tuple[int, ...]) -> None:
        self.output_size = output_size

    def __call__(self, inputs: Array) -> Array:
        """``(N, *spatial, C)`` to ``(N, *output_size, C)``."""
        spatial = inputs.shape[1:-1]
        pairs = [*zip(spatial, self.output_size, strict=True)]
        if any(size % cells for size, cells in pairs):
            rank = len(spatial)
            return F.adaptive_avg_pool(inputs, self.output_size, spatial_rank=rank)
        # Cells of one size are windows: no slice for each of them.
        return F.avg_pool(inputs, tuple(size // cells for size, cells in pairs))
