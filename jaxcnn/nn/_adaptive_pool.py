"""Average pooling to a fixed grid."""

from flax import nnx
from jax import Array

from jaxcnn import functional as F


class AdaptiveAvgPool(nnx.Module):
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
