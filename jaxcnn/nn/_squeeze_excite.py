"""Channels that are weighed by what the whole picture shows."""

import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.nn import initializers
from jax.nn.initializers import Initializer

from jaxcnn import functional as F

_LECUN_NORMAL = initializers.lecun_normal()


class SqueezeExcite(nnx.Module):
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
        kernel_init: Initializer = _LECUN_NORMAL,
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
