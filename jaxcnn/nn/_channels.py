"""Channels chosen, reordered and scaled."""

import jax.numpy as jnp
from flax import nnx
from jax import Array


class ChannelSplit(nnx.Module):
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


class ChannelShuffle(nnx.Module):
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


class LayerScale(nnx.Module):
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
