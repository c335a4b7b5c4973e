"""Layers that select, reorder or scale channels."""

import dataclasses
import math

import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.nn.initializers import Initializer

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers._elementwise import ActivationName, check_activation
from jaxcnn.layers._initializers import Init, check_initializer, initializer
from jaxcnn.layers._layer import (
    Costs,
    Layer,
    SameShape,
    ShapeLayer,
    check_spatial,
    window_of_one_pixel,
)
from jaxcnn.layers._receptive_field import Shape
from jaxcnn.lowering import SlidingWindow


@dataclasses.dataclass(frozen=True)
class ChannelSplit(ShapeLayer):
    """Selection of one of several equal parts of the channels.

    The branches of a `Parallel` can take different parts.

    Args:
        parts: Number of parts, a divisor of the number of channels.
        index: Index of the part to keep, from 0.

    Example:
        >>> ChannelSplit(2, 0).output_shape((28, 28, 116))
        (28, 28, 58)
    """

    parts: int
    index: int

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("parts", self.parts)
        check_int("index", self.index, minimum=0)
        if self.index >= self.parts:
            raise ValueError(f"index: expected less than parts {self.parts}, got {self.index}")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(..., C / parts)``."""
        check_divides("parts", self.parts, input_shape)
        return (*input_shape[:-1], input_shape[-1] // self.parts)

    def sliding_window(self, input_shape: Shape) -> SlidingWindow | None:
        """Return a window of one pixel."""
        return window_of_one_pixel(input_shape)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `ChannelSplitModule`."""
        del rngs
        self.output_shape(input_shape)
        return ChannelSplitModule(self.parts, self.index)


class ChannelSplitModule(nnx.Module):
    """Selection of one of several equal parts of the channels.

    Args:
        parts: Number of parts.
        index: Index of the part to keep, from 0.
    """

    def __init__(self, parts: int, index: int) -> None:
        checked = ChannelSplit(parts, index)
        self.parts, self.index = checked.parts, checked.index

    def __call__(self, inputs: Array) -> Array:
        """Map ``(..., C)`` to ``(..., C / parts)``."""
        size = inputs.shape[-1] // self.parts
        return inputs[..., self.index * size : (self.index + 1) * size]


@dataclasses.dataclass(frozen=True)
class ChannelShuffle(ShapeLayer):
    """Channel shuffle: a permutation that distributes the channels of each group over all groups.

    Input channel ``g * C / groups + i`` becomes output channel ``i * groups + g``.

    Args:
        groups: Number of groups, a divisor of the number of channels.

    Source: Zhang et al. 2018, *ShuffleNet*.
    """

    groups: int

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("groups", self.groups)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        check_divides("groups", self.groups, input_shape)
        return input_shape

    def sliding_window(self, input_shape: Shape) -> SlidingWindow | None:
        """Return a window of one pixel."""
        return window_of_one_pixel(input_shape)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `ChannelShuffleModule`."""
        del rngs
        self.output_shape(input_shape)
        return ChannelShuffleModule(self.groups)


class ChannelShuffleModule(nnx.Module):
    """Channel shuffle: a permutation that distributes the channels of each group over all groups.

    Args:
        groups: Number of groups.
    """

    def __init__(self, groups: int) -> None:
        self.groups = ChannelShuffle(groups).groups  # checked

    def __call__(self, inputs: Array) -> Array:
        """Permute the channels; the shape stays."""
        grouped = inputs.reshape(*inputs.shape[:-1], self.groups, -1)
        return grouped.swapaxes(-1, -2).reshape(inputs.shape)


@dataclasses.dataclass(frozen=True)
class LayerScale(SameShape):
    """Multiplication of each channel by a trained factor that starts small.

    As the last layer of each residual branch, LayerScale makes a deep network start near the
    identity.

    Args:
        initial: Initial value of all factors.

    Source: Touvron et al. 2021, *Going Deeper with Image Transformers*.
    """

    initial: float = 1e-6

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("initial", self.initial)

    def costs(self, input_shape: Shape) -> Costs:
        """Count one multiplication per value."""
        channels = input_shape[-1]
        return Costs.of_trained(channels, math.prod(input_shape))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `LayerScaleModule`."""
        del rngs
        return LayerScaleModule(input_shape[-1], self.initial)


class LayerScaleModule(nnx.Module):
    """Multiplication of each channel by a trained factor.

    Args:
        num_features: Number of channels.
        initial: Initial value of all factors.
    """

    def __init__(self, num_features: int, initial: float) -> None:
        check_int("num_features", num_features)
        initial = LayerScale(initial).initial  # checked
        self.scale = nnx.Param(jnp.full(num_features, initial, jnp.float32))

    def __call__(self, inputs: Array) -> Array:
        """Multiply; the shape stays."""
        return inputs * self.scale[...]


def check_divides(name: str, value: int, input_shape: Shape) -> None:
    """Raise unless `value` divides the number of channels of the input."""
    channels = input_shape[-1]
    if channels % value:
        raise ValueError(
            f"{name}: expected a divisor of the input's {channels} channels, got {value}"
        )


@dataclasses.dataclass(frozen=True)
class SqueezeExcite(Layer):
    """Squeeze-and-excitation: each channel times a gate computed from the means of all channels.

    Two dense layers compute the gates: ``x * gate(fc2(activation(fc1(global_avg_pool(x)))))``.

    Args:
        features: Number of hidden neurons between the two dense layers.
        activation: Activation after the first dense layer, one of `jaxcnn.layers.ACTIVATIONS`.
        gate: Activation after the second dense layer, one of `jaxcnn.layers.ACTIVATIONS`.
        kernel_init: Initializer of the kernels of both dense layers: one of `INITIALIZERS`, or a
            tuple of a name and its arguments, such as ``("normal", 0.01)``.

    Example:
        >>> SqueezeExcite(8).costs((14, 14, 32)).parameters
        552

    Source: Hu, Shen and Sun 2018, *Squeeze-and-Excitation Networks*.
    """

    features: int
    activation: ActivationName = "relu"
    gate: ActivationName = "sigmoid"
    kernel_init: Init = "lecun_normal"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("features", self.features)
        check_activation("activation", self.activation)
        check_activation("gate", self.gate)
        check_initializer("kernel_init", self.kernel_init)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        check_spatial(input_shape)
        return input_shape

    def costs(self, input_shape: Shape) -> Costs:
        """Count the multiplications of the two dense layers, and one per value for the gates."""
        channels = self.output_shape(input_shape)[-1]
        pairs = ((channels, self.features), (self.features, channels))
        parameters = sum(F.dense_parameters(inputs, outputs) for inputs, outputs in pairs)
        macs = sum(F.dense_macs(inputs, outputs) for inputs, outputs in pairs)
        return Costs.of_trained(parameters, macs + math.prod(input_shape))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `SqueezeExciteModule`."""
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
    """Each channel times a gate that two dense layers compute from the means of all channels.

    Args:
        channels: Number of channels of the inputs.
        features: Number of hidden neurons between the two dense layers.
        activation: Activation after the first dense layer, one of `ACTIVATIONS`.
        gate: Activation after the second dense layer, one of `ACTIVATIONS`.
        kernel_init: Initializer of the kernels of both dense layers.
        rngs: Random numbers for the kernels.
    """

    def __init__(
        self,
        channels: int,
        features: int,
        *,
        activation: ActivationName,
        gate: ActivationName,
        kernel_init: Initializer,
        rngs: nnx.Rngs,
    ) -> None:
        check_int("channels", channels)
        SqueezeExcite(features, activation, gate)  # raises for what it does not take
        self.fc1 = nnx.Linear(channels, features, kernel_init=kernel_init, rngs=rngs)
        self.fc2 = nnx.Linear(features, channels, kernel_init=kernel_init, rngs=rngs)
        self.activation, self.gate = activation, gate

    def __call__(self, inputs: Array) -> Array:
        """Multiply by the gates; the shape ``(N, *spatial, C)`` stays."""
        return inputs * jnp.expand_dims(self.gates(inputs), range(1, inputs.ndim - 1))

    def gates(self, inputs: Array) -> Array:
        """Map ``(N, *spatial, C)`` to the gates of the channels, ``(N, C)``."""
        means = F.global_avg_pool(inputs, spatial_rank=inputs.ndim - 2)
        hidden = getattr(F, self.activation)(self.fc1(means))
        return getattr(F, self.gate)(self.fc2(hidden))
