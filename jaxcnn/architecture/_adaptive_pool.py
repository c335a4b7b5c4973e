"""Average pooling to a size of its own."""

import dataclasses

from flax import nnx

from jaxcnn import nn
from jaxcnn._support.arguments import check_ints, per_axis
from jaxcnn._support.units import sides
from jaxcnn.architecture._checks import check_spatial
from jaxcnn.architecture._layer import Costless, Shape, Window


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

    def window(self, input_shape: Shape) -> Window:
        """The cell; or the whole axis, where cells differ in size and do not stand in step."""
        pairs = [*zip(input_shape[:-1], self._grid(input_shape), strict=True)]
        sizes = tuple(n if n % cells else n // cells for n, cells in pairs)
        strides = tuple(0 if n % cells else n // cells for n, cells in pairs)
        return Window(sizes, strides, (0,) * len(pairs))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.AdaptiveAvgPool`."""
        del rngs
        return nn.AdaptiveAvgPool(self._grid(input_shape))

    def _grid(self, input_shape: Shape) -> Shape:
        check_spatial(input_shape)
        return per_axis("output_size", self.output_size, len(input_shape) - 1)
