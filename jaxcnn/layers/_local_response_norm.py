"""Neighbouring channels that inhibit each other."""

import jax.numpy as jnp
from flax import nnx
from jax import Array, lax


class LocalResponseNorm(nnx.Module):
    """``x / (k + alpha / size * sum(x**2 over size channels))**beta``, as in PyTorch.

    Source: Krizhevsky, Sutskever and Hinton 2012, *ImageNet Classification with Deep
    Convolutional Neural Networks* (whose alpha is not divided by the size).

    Args:
        size: how many channels are summed: ``size // 2`` before a channel, itself, and the rest
            behind it.
        alpha: weight of the mean square.
        beta: exponent.
        k: what is added to the mean square.
    """

    def __init__(self, size: int, *, alpha: float, beta: float, k: float) -> None:
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def __call__(self, inputs: Array) -> Array:
        """Shapes stay: ``(..., C)``."""
        # Sums of half-precision squares lose and overflow.
        values = inputs.astype(jnp.promote_types(inputs.dtype, jnp.float32))
        around = [(0, 0)] * (inputs.ndim - 1) + [(self.size // 2, (self.size - 1) // 2)]
        squares = jnp.pad(values**2, around)
        channels = inputs.shape[-1]
        sums = sum(
            lax.slice_in_dim(squares, first, first + channels, axis=-1)
            for first in range(self.size)
        )
        outputs = values * (self.k + self.alpha / self.size * sums) ** -self.beta
        return outputs.astype(inputs.dtype)
