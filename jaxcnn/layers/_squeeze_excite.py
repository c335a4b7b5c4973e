"""Channel attention."""

import dataclasses
import math

import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.nn.initializers import Initializer

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_choice, check_int
from jaxcnn.layers._checks import check_spatial
from jaxcnn.layers._elementwise import ACTIVATIONS
from jaxcnn.layers._initializers import Init, check_initializer, initializer
from jaxcnn.layers._layer import Costs, Layer
from jaxcnn.layers._receptive_field import Shape


@dataclasses.dataclass(frozen=True)
class SqueezeExcite(Layer):
    """Multiplies each channel by a gate that two dense layers compute from all channels' means.

    Source: Hu, Shen and Sun 2018, *Squeeze-and-Excitation Networks*.

    Args:
        features: width between the two dense layers.
        activation: what follows the first, one of `jaxcnn.layers.ACTIVATIONS`.
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
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("gate", self.gate, ACTIVATIONS)
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
        """A `SqueezeExciteModule`."""
        channels = self.output_shape(input_shape)[-1]
        return SqueezeExciteModule(
            channels,
            self.features,
            activation=self.activation,
            gate=self.gate,
            kernel_init=initializer(self.kernel_init),
            rngs=rngs,
        )


class SqueezeExciteModule(nnx.Module):
    """Multiplies each channel by a gate that two dense layers compute from all channels' means.

    Args:
        channels: channels of the inputs.
        features: width between the two dense layers.
        activation: what follows the first, one of `ACTIVATIONS`.
        gate: what follows the second, one of `ACTIVATIONS`.
        kernel_init: draws the weights of both.
        rngs: for the weights.
    """

    def __init__(
        self,
        channels: int,
        features: int,
        *,
        activation: str,
        gate: str,
        kernel_init: Initializer,
        rngs: nnx.Rngs,
    ) -> None:
        self.fc1 = nnx.Linear(channels, features, kernel_init=kernel_init, rngs=rngs)
        self.fc2 = nnx.Linear(features, channels, kernel_init=kernel_init, rngs=rngs)
        self.activation, self.gate = activation, gate

    def __call__(self, inputs: Array) -> Array:
        """Shapes stay: ``(N, *spatial, C)``."""
        return inputs * jnp.expand_dims(self.gates(inputs), range(1, inputs.ndim - 1))

    def gates(self, inputs: Array) -> Array:
        """``(N, *spatial, C)`` to the channels' factors ``(N, C)``."""
        means = F.global_avg_pool(inputs, spatial_rank=inputs.ndim - 2)
        hidden = getattr(F, self.activation)(self.fc1(means))
        return getattr(F, self.gate)(self.fc2(hidden))
