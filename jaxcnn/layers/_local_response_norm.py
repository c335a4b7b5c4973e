"""Local response normalization: neighboring channels inhibit each other."""

import dataclasses
import math

import jax.numpy as jnp
from flax import nnx
from jax import Array, lax

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers._layer import Costs, SameShape
from jaxcnn.layers._receptive_field import Shape


@dataclasses.dataclass(frozen=True)
class LocalResponseNorm(SameShape):
    """Divides each value by what it and the channels around it have in the same place.

    ``x / (k + alpha / size * sum(x**2 over size channels))**beta``, as in PyTorch.

    Source: Krizhevsky, Sutskever and Hinton 2012, *ImageNet Classification with Deep
    Convolutional Neural Networks*, whose alpha is not divided by the size.

    Args:
        size: how many channels are summed: ``size // 2`` before a channel, itself, and the rest
            behind it.
        alpha: weight of the mean square.
        beta: exponent.
        k: what is added to the mean square.
    """

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("size", self.size)
        check_number("alpha", self.alpha, minimum=0)
        check_number("beta", self.beta, minimum=0)
        check_number("k", self.k, minimum=0)
        if self.k == 0:
            raise ValueError("k must be positive, or where all is 0 it would divide by it; got 0")

    def costs(self, input_shape: Shape) -> Costs:
        """Three multiplications a value: its square, alpha, and the power."""
        return Costs(macs=3 * math.prod(input_shape))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `LocalResponseNormModule`."""
        del input_shape, rngs
        return LocalResponseNormModule(self.size, alpha=self.alpha, beta=self.beta, k=self.k)


class LocalResponseNormModule(nnx.Module):
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
