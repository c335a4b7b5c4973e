"""Layers that choose, reorder or scale channels."""

import dataclasses
import math

import jax.numpy as jnp
from flax import nnx
from jax import Array

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers._layer import Costless, Costs, SameShape
from jaxcnn.layers._receptive_field import Shape


@dataclasses.dataclass(frozen=True)
class ChannelSplit(Costless):
    """Keeps one of several equal parts of the channels; another branch may keep another.

    Args:
        parts: how many parts; they must divide the channels.
        index: which one is kept, from 0.

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
            raise ValueError(f"index must be less than parts {self.parts}, got {self.index}")

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(..., C / parts)``."""
        check_divides("parts", self.parts, input_shape)
        return (*input_shape[:-1], input_shape[-1] // self.parts)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `ChannelSplitModule`."""
        del rngs
        self.output_shape(input_shape)
        return ChannelSplitModule(self.parts, self.index)


class ChannelSplitModule(nnx.Module):
    """Keeps one of several equal parts of the channels.

    Args:
        parts: how many parts.
        index: which one is kept, from 0.
    """

    def __init__(self, parts: int, index: int) -> None:
        self.parts, self.index = parts, index

    def __call__(self, inputs: Array) -> Array:
        """``(..., C)`` to ``(..., C / parts)``."""
        size = inputs.shape[-1] // self.parts
        return inputs[..., self.index * size : (self.index + 1) * size]


@dataclasses.dataclass(frozen=True)
class ChannelShuffle(Costless):
    """Deals the channels of each group out to all groups.

    Input channel ``g * C / groups + i`` becomes output channel ``i * groups + g``.

    Source: Zhang et al. 2018, *ShuffleNet*.

    Args:
        groups: number of groups; they must divide the channels.
    """

    groups: int

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("groups", self.groups)

    def output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape."""
        check_divides("groups", self.groups, input_shape)
        return input_shape

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `ChannelShuffleModule`."""
        del rngs
        self.output_shape(input_shape)
        return ChannelShuffleModule(self.groups)


class ChannelShuffleModule(nnx.Module):
    """Deals the channels of each group out to all groups.

    Args:
        groups: number of groups.
    """

    def __init__(self, groups: int) -> None:
        self.groups = groups

    def __call__(self, inputs: Array) -> Array:
        """Shapes stay."""
        grouped = inputs.reshape(*inputs.shape[:-1], self.groups, -1)
        return grouped.swapaxes(-1, -2).reshape(inputs.shape)


@dataclasses.dataclass(frozen=True)
class LayerScale(SameShape):
    """Multiplies each channel by a trained number that starts small.

    So a deep residual network starts near the identity.

    Source: Touvron et al. 2021, *Going Deeper with Image Transformers*.

    Args:
        initial: where all the numbers start.
    """

    initial: float = 1e-6

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("initial", self.initial)

    def costs(self, input_shape: Shape) -> Costs:
        """One multiplication a value."""
        channels = input_shape[-1]
        return Costs.of_trained(channels, math.prod(input_shape))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `LayerScaleModule`."""
        del rngs
        return LayerScaleModule(input_shape[-1], self.initial)


class LayerScaleModule(nnx.Module):
    """A trained factor for each channel.

    Args:
        num_features: number of channels.
        initial: where all factors start.
    """

    def __init__(self, num_features: int, initial: float) -> None:
        self.scale = nnx.Param(jnp.full(num_features, initial, jnp.float32))

    def __call__(self, inputs: Array) -> Array:
        """Shapes stay."""
        return inputs * self.scale[...]


def check_divides(name: str, value: int, input_shape: Shape) -> None:
    """Raise unless the input's channels fall into `value` equal parts."""
    channels = input_shape[-1]
    if channels % value:
        raise ValueError(f"{name} {value} must divide the input's {channels} channels")
