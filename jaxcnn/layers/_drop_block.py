"""DropBlock: dropout of square blocks of a feature map."""

import dataclasses
import math

import jax.numpy as jnp
from flax import nnx
from jax import Array

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers._dropout import DropoutModule
from jaxcnn.layers._layer import SameShape, ShapeLayer, check_spatial
from jaxcnn.layers._receptive_field import Shape


@dataclasses.dataclass(frozen=True)
class DropBlock(SameShape, ShapeLayer):
    """DropBlock: in training, blocks of neighboring pixels of a feature map are set to 0.

    Each channel gets separate blocks, which lie within the map and may overlap. The values that are
    kept are scaled up, so that each example's mean stays the same. In eval mode, all values stay
    unchanged. With a `block_size` of 1, values are dropped one by one, as `Dropout` does.
    torchvision has this layer as `ops.DropBlock2d`.

    Args:
        rate: About the share of values that are dropped, less than 1. Each position where a block
            fits starts one with probability ``rate / block**2 * size**2 / (size - block + 1)**2``,
            for a map of `size` rows and columns. As blocks overlap, the share that is dropped is a
            little smaller than `rate`.
        block_size: Side of the blocks. On a smaller map, a block is as large as the map.

    Source: Ghiasi, Lin and Le 2018, *DropBlock: A Regularization Method for Convolutional
    Networks*.
    """

    rate: float
    block_size: int = 7

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("rate", self.rate, minimum=0, below=1)
        check_int("block_size", self.block_size)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        check_spatial(input_shape)
        return input_shape

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `DropBlockModule`, which gets its random key with each call."""
        self.output_shape(input_shape)
        del rngs
        return DropBlockModule(self.rate, self.block_size)


class DropBlockModule(DropoutModule):
    """DropBlock: in training, blocks of each channel are set to 0 and the rest is scaled up.

    Which blocks of an example are dropped depends only on the key and on its position in the batch.
    So a batch gets the same mask whether it is on one device or split over several.

    Args:
        rate: About the share of values that are dropped, less than 1.
        block_size: Side of the blocks.
        axis_name: The mesh axis over which the batch is split, within a `jax.shard_map`; None if
            the batch is not split.

    Source: Ghiasi, Lin and Le 2018, *DropBlock: A Regularization Method for Convolutional
    Networks*.
    """

    def __init__(self, rate: float, block_size: int = 7, *, axis_name: str | None = None) -> None:
        super().__init__(rate, axis_name=axis_name)
        self.block_size = DropBlock(rate, block_size).block_size  # checked

    def __call__(
        self,
        inputs: Array,
        *,
        deterministic: bool | None = None,
        rngs: nnx.Rngs | nnx.RngStream | Array | None = None,
    ) -> Array:
        """Drop blocks; the shape ``(N, *spatial, C)`` stays.

        Args:
            inputs: ``(N, *spatial, C)``.
            deterministic: True to drop nothing; None: as set by `nnx.Module.train` or
                `nnx.Module.eval`.
            rngs: A random key, or one of Flax's sources of random keys.
        """
        deterministic = self.deterministic if deterministic is None else deterministic
        if deterministic or self.rate == 0:
            return inputs
        spatial = inputs.shape[1:-1]
        block = tuple(min(self.block_size, size) for size in spatial)
        places = tuple(size - side + 1 for size, side in zip(spatial, block, strict=True))
        rate = self.rate * math.prod(spatial) / (math.prod(block) * math.prod(places))
        draw = DropoutModule(rate, axis_name=self.axis_name)
        ones = jnp.ones((inputs.shape[0], *places, inputs.shape[-1]), jnp.float32)
        starts = draw(ones, rngs=self.rngs if rngs is None else rngs) == 0
        dropped = F.max_pool(
            starts.astype(jnp.float32),
            block,
            strides=1,
            padding=[(side - 1, side - 1) for side in block],
        )
        kept = 1 - dropped
        axes = tuple(range(1, inputs.ndim))
        scale = math.prod(inputs.shape[1:]) / jnp.maximum(kept.sum(axes, keepdims=True), 1)
        return inputs * (kept * scale).astype(inputs.dtype)
