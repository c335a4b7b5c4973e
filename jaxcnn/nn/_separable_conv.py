"""A convolution in two steps: each channel by itself, then each pixel by itself."""

from flax import nnx
from jax import Array

from jaxcnn.nn._inputs import check_inputs


class SeparableConv(nnx.Module):
    """Two convolutions, the second on what the first makes.

    Args:
        depthwise: filters each channel by itself.
        pointwise: mixes the channels of each pixel.
    """

    def __init__(self, depthwise: nnx.Conv, pointwise: nnx.Conv) -> None:
        self.depthwise, self.pointwise = depthwise, pointwise

    def __call__(self, inputs: Array) -> Array:
        """``(N, *spatial, C)`` to ``(N, *fewer, features)``."""
        check_inputs(self.depthwise, inputs)
        return self.pointwise(self.depthwise(inputs))
