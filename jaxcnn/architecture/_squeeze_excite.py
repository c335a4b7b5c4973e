"""Channel attention."""

import dataclasses
import math

from flax import nnx

from jaxcnn import functional as F
from jaxcnn import nn
from jaxcnn._support.arguments import check_choice, check_int
from jaxcnn.architecture._checks import check_spatial
from jaxcnn.architecture._initializers import Init, check_initializer, initializer
from jaxcnn.architecture._layer import Costs, Layer, Shape


@dataclasses.dataclass(frozen=True)
class SqueezeExcite(Layer):
    """Multiplies each channel by a gate that two dense layers compute from all channels' means.

    Source: Hu, Shen and Sun 2018, *Squeeze-and-Excitation Networks*.

    Args:
        features: width between the two dense layers.
        activation: what follows the first, one of `jaxcnn.nn.ACTIVATIONS`.
        gate: what follows the second, one of them.
        kernel_init: as in `Dense`, for both.

    Example:
        >>> SqueezeExcite(8).costs((14, 14, 32)).parameters
        552
    """

    features: int
    activation: str = "relu"
    gate: str = "sigmoid"
    kernel_init: Init = "lecun_normal"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("features", self.features)
        check_choice("activation", self.activation, nn.ACTIVATIONS)
        check_choice("gate", self.gate, nn.ACTIVATIONS)
        check_initializer("kernel_init", self.kernel_init)

    def output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape."""
        check_spatial(input_shape)
        return input_shape

    def costs(self, input_shape: Shape) -> Costs:
        """The multiplications of the two dense layers, and one a value for the gates."""
        channels = self.output_shape(input_shape)[-1]
        pairs = ((channels, self.features), (self.features, channels))
        parameters = sum(F.dense_parameters(inputs, outputs) for inputs, outputs in pairs)
        macs = sum(F.dense_macs(inputs, outputs) for inputs, outputs in pairs)
        return Costs.of_trained(parameters, macs + math.prod(input_shape))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.SqueezeExcite`."""
        channels = self.output_shape(input_shape)[-1]
        return nn.SqueezeExcite(
            channels,
            self.features,
            activation=self.activation,
            gate=self.gate,
            kernel_init=initializer(self.kernel_init),
            rngs=rngs,
        )
