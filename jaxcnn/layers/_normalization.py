"""Normalization: batch, group and layer norm to mean 0 and variance 1; local response norm."""

import dataclasses
import math

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array, lax

from jaxcnn._support.arguments import check_bool, check_int, check_number
from jaxcnn.layers._channels import check_divides
from jaxcnn.layers._layer import FLOAT32_BYTES, Costs, SameShape
from jaxcnn.layers._receptive_field import Shape


@dataclasses.dataclass(frozen=True)
class BatchNorm(SameShape):
    """Normalizes each channel: over the batch in training, by running statistics otherwise.

    Source: Ioffe and Szegedy 2015, *Batch Normalization*.

    Args:
        momentum: share of the old value that the running statistics keep at each step.
        epsilon: added to the variance, so that a constant channel divides by no zero.
        use_scale: train a factor for each channel.
        use_bias: train an offset for each channel.
    """

    momentum: float = 0.9
    epsilon: float = 1e-5
    use_scale: bool = True
    use_bias: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("momentum", self.momentum, minimum=0, below=1)
        check_number("epsilon", self.epsilon, minimum=0)
        check_bool("use_scale", self.use_scale)
        check_bool("use_bias", self.use_bias)

    def costs(self, input_shape: Shape) -> Costs:
        """One multiplication a value; two running statistics a channel are kept but not trained."""
        channels = input_shape[-1]
        parameters = (self.use_scale + self.use_bias) * channels
        memory = (parameters + 2 * channels) * FLOAT32_BYTES
        return Costs(parameters, math.prod(input_shape), memory)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """An `nnx.BatchNorm`."""
        return nnx.BatchNorm(
            input_shape[-1],
            momentum=self.momentum,
            epsilon=self.epsilon,
            use_scale=self.use_scale,
            use_bias=self.use_bias,
            rngs=rngs,
        )


def masked_batch_norm(norm: nnx.BatchNorm, inputs: Array, where: Array) -> Array:
    """Apply `norm` in train mode, with the statistics of some examples.

    With ``norm.axis_name`` they are the statistics over all devices of that axis, whatever
    number of examples each has. (`nnx.BatchNorm` itself takes a mask, but then averages the
    devices' means as if they had examples in equal number.)

    Args:
        norm: its running statistics are updated in place.
        inputs: ``(N, ...)``.
        where: ``(N,)``, False for examples that only fill up the batch.

    Returns:
        The normalized inputs, those of the filling too.
    """
    axes = tuple(axis for axis in range(inputs.ndim) if axis != norm.axis % inputs.ndim)
    values = inputs.astype(jnp.promote_types(inputs.dtype, jnp.float32))
    counted = where.reshape(-1, *(1,) * (inputs.ndim - 1))

    def mean_of(array: Array) -> Array:
        of_one = array.size // (array.shape[0] * array.shape[norm.axis])
        sums = array.sum(axes, where=counted), where.sum() * of_one
        total, count = sums if norm.axis_name is None else jax.lax.psum(sums, norm.axis_name)
        return total / count

    mean = mean_of(values)
    # As Flax computes it, so that a masked batch rounds as a whole one does.
    variance = jnp.maximum(0, mean_of(values**2) - mean**2)
    running = norm.mean[...], norm.var[...]
    norm.mean[...], norm.var[...] = mean, variance
    outputs = norm(inputs, use_running_average=True)
    for statistic, old, new in zip((norm.mean, norm.var), running, (mean, variance), strict=True):
        statistic[...] = norm.momentum * old + (1 - norm.momentum) * new
    return outputs


@dataclasses.dataclass(frozen=True)
class GroupNorm(SameShape):
    """Normalizes each group of channels of each example over all its places.

    A factor and an offset for each channel are trained.

    Source: Wu and He 2018, *Group Normalization*.

    Args:
        num_groups: number of groups; they must divide the channels.
        epsilon: added to the variance.
    """

    num_groups: int = 32
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("num_groups", self.num_groups)
        check_number("epsilon", self.epsilon, minimum=0)

    def output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape."""
        check_divides("num_groups", self.num_groups, input_shape)
        return input_shape

    def costs(self, input_shape: Shape) -> Costs:
        """Two multiplications a value: its square, for the variance, and its factor."""
        parameters = 2 * self.output_shape(input_shape)[-1]
        return Costs.of_trained(parameters, 2 * math.prod(input_shape))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """An `nnx.GroupNorm`."""
        return nnx.GroupNorm(
            self.output_shape(input_shape)[-1],
            self.num_groups,
            epsilon=self.epsilon,
            use_fast_variance=False,  # which loses all digits where the mean is large
            rngs=rngs,
        )


@dataclasses.dataclass(frozen=True)
class LayerNorm(SameShape):
    """Normalizes the channels of each place by themselves.

    Source: Ba, Kiros and Hinton 2016, *Layer Normalization*.

    Args:
        epsilon: added to the variance.
        use_scale: train a factor for each channel.
        use_bias: train an offset for each channel.
    """

    epsilon: float = 1e-6
    use_scale: bool = True
    use_bias: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("epsilon", self.epsilon, minimum=0)
        check_bool("use_scale", self.use_scale)
        check_bool("use_bias", self.use_bias)

    def costs(self, input_shape: Shape) -> Costs:
        """Two multiplications a value, its square and its place's factor; a third by its scale."""
        parameters = (self.use_scale + self.use_bias) * input_shape[-1]
        macs = (2 + self.use_scale) * math.prod(input_shape)
        return Costs.of_trained(parameters, macs)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """An `nnx.LayerNorm`."""
        return nnx.LayerNorm(
            input_shape[-1],
            epsilon=self.epsilon,
            use_scale=self.use_scale,
            use_bias=self.use_bias,
            use_fast_variance=False,  # as in GroupNorm
            rngs=rngs,
        )


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
