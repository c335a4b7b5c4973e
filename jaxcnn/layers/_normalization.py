"""Normalization layers: batch, group, layer, RMS and local response norm."""

import dataclasses
import math

import jax.numpy as jnp
from flax import nnx
from jax import Array, lax

from jaxcnn._support.arguments import check_bool, check_int, check_number
from jaxcnn.layers._channels import check_divides
from jaxcnn.layers._layer import FLOAT32_BYTES, Costs, SameShape
from jaxcnn.layers._receptive_field import Shape
from jaxcnn.lowering import SlidingWindow


@dataclasses.dataclass(frozen=True)
class BatchNorm(SameShape):
    """Batch normalization: each channel is normalized by its mean and variance.

    In train mode, mean and variance are computed over the batch and all positions, and the running
    statistics are updated. In eval mode, the running statistics are used, so that an example's
    output does not depend on the other examples. `fit` and evaluation set the mode. A network built
    by `jaxcnn.build` is in eval mode unless it is called with ``train=True``. For each channel:

        y = (x - mean) / sqrt(variance + epsilon) * scale + bias
        running = momentum * running + (1 - momentum) * batch

    `momentum` means the same as in Flax and Keras. (Keras' default is 0.99.) PyTorch's `momentum`
    is 1 minus the `momentum` here: the default of 0.9 here has the same effect as PyTorch's default
    of 0.1. The running variance has the divisor n, as in Flax; in PyTorch the divisor is n - 1.

    Args:
        momentum: Share of the old value that the running statistics keep at each step.
        epsilon: Added to the variance, so that a constant channel does not cause a division by 0.
        use_scale: Whether to train a factor per channel.
        use_bias: Whether to train an offset per channel.

    Example:
        >>> import jax.numpy as jnp
        >>> norm = BatchNorm().build((1,), rngs=nnx.Rngs(0))  # an `nnx.BatchNorm`, in train mode
        >>> x = jnp.array([[1.0], [3.0]])  # mean 2, variance 1
        >>> norm(x).ravel().round(3)
        Array([-1.,  1.], dtype=float32)
        >>> print(f"{norm.mean[0]:.1f}")  # 0.9 * 0 + 0.1 * 2
        0.2
        >>> norm.eval()
        >>> print(f"{norm(x)[0, 0]:.1f}")  # (1 - 0.2) / sqrt(1)
        0.8

    Source: Ioffe and Szegedy 2015, *Batch Normalization*.
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
        """Count one multiplication per value; the two running statistics only take memory."""
        channels = input_shape[-1]
        parameters = (self.use_scale + self.use_bias) * channels
        memory = (parameters + 2 * channels) * FLOAT32_BYTES
        return Costs(parameters, math.prod(input_shape), memory)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build an `nnx.BatchNorm`."""
        return nnx.BatchNorm(
            input_shape[-1],
            momentum=self.momentum,
            epsilon=self.epsilon,
            use_scale=self.use_scale,
            use_bias=self.use_bias,
            # The mean of squares minus the square of the mean would lose all digits far from 0.
            use_fast_variance=False,
            rngs=rngs,
        )


@dataclasses.dataclass(frozen=True)
class GroupNorm(SameShape):
    """Group normalization: each group of channels is normalized per example, over all positions.

    A factor and an offset per channel are trained. Use it in place of batch normalization where
    batches are small.

    Args:
        num_groups: Number of groups, a divisor of the number of channels.
        epsilon: Added to the variance, so that a constant group does not cause a division by 0.

    Source: Wu and He 2018, *Group Normalization*.
    """

    num_groups: int = 32
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("num_groups", self.num_groups)
        check_number("epsilon", self.epsilon, minimum=0)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        check_divides("num_groups", self.num_groups, input_shape)
        return input_shape

    def sliding_window(self, input_shape: Shape) -> SlidingWindow | None:
        """Return None: the statistics depend on the whole input."""
        del input_shape
        return None

    def costs(self, input_shape: Shape) -> Costs:
        """Count two multiplications per value: for the variance, and for the factor."""
        parameters = 2 * self.output_shape(input_shape)[-1]
        return Costs.of_trained(parameters, 2 * math.prod(input_shape))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build an `nnx.GroupNorm`."""
        return nnx.GroupNorm(
            self.output_shape(input_shape)[-1],
            self.num_groups,
            epsilon=self.epsilon,
            use_fast_variance=False,  # the fast one loses all digits if the mean is large
            rngs=rngs,
        )


@dataclasses.dataclass(frozen=True)
class LayerNorm(SameShape):
    """Layer normalization: the channels are normalized at each position separately.

    Args:
        epsilon: Added to the variance, so that equal channels do not cause a division by 0.
        use_scale: Whether to train a factor per channel.
        use_bias: Whether to train an offset per channel.

    Source: Ba, Kiros and Hinton 2016, *Layer Normalization*.
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
        """Count up to three multiplications per value: square, normalization and scale."""
        parameters = (self.use_scale + self.use_bias) * input_shape[-1]
        macs = (2 + self.use_scale) * math.prod(input_shape)
        return Costs.of_trained(parameters, macs)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build an `nnx.LayerNorm`."""
        return nnx.LayerNorm(
            input_shape[-1],
            epsilon=self.epsilon,
            use_scale=self.use_scale,
            use_bias=self.use_bias,
            use_fast_variance=False,  # the fast one loses all digits if the mean is large
            rngs=rngs,
        )


@dataclasses.dataclass(frozen=True)
class RMSNorm(SameShape):
    """RMS normalization: at each position, the channels are divided by their root mean square.

    ``x / sqrt(mean(x**2) + epsilon) * scale``. Unlike in layer normalization, no mean is subtracted
    and no offset is trained, which takes less time and often trains as well.

    Args:
        epsilon: Added to the mean square, so that zeros do not cause a division by 0.
        use_scale: Whether to train a factor per channel.

    Source: Zhang and Sennrich 2019, *Root Mean Square Layer Normalization*.
    """

    epsilon: float = 1e-6
    use_scale: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("epsilon", self.epsilon, minimum=0)
        check_bool("use_scale", self.use_scale)

    def costs(self, input_shape: Shape) -> Costs:
        """Count up to three multiplications per value: square, normalization and scale."""
        macs = (2 + self.use_scale) * math.prod(input_shape)
        return Costs.of_trained(self.use_scale * input_shape[-1], macs)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build an `nnx.RMSNorm`."""
        return nnx.RMSNorm(
            input_shape[-1], epsilon=self.epsilon, use_scale=self.use_scale, rngs=rngs
        )


@dataclasses.dataclass(frozen=True)
class LocalResponseNorm(SameShape):
    """Local response normalization: each value is divided by a power of its neighboring channels.

    ``x / (k + alpha / size * sum(x**2 over size channels))**beta``, the same formula as in PyTorch.
    In the paper, alpha is not divided by the size.

    Args:
        size: Number of channels in the sum: ``size // 2`` channels before the value's channel, this
            channel, and the remaining channels after it.
        alpha: Weight of the mean square.
        beta: Exponent.
        k: Added to the weighted mean square.

    Source: Krizhevsky, Sutskever and Hinton 2012, *ImageNet Classification with Deep Convolutional
    Neural Networks*.
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
            raise ValueError(
                "k: expected a positive number, got 0 (zero inputs would be divided by it)"
            )

    def costs(self, input_shape: Shape) -> Costs:
        """Count three multiplications per value: for the square, for alpha, and for the power."""
        return Costs(macs=3 * math.prod(input_shape))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `LocalResponseNormModule`."""
        del input_shape, rngs
        return LocalResponseNormModule(self.size, alpha=self.alpha, beta=self.beta, k=self.k)


class LocalResponseNormModule(nnx.Module):
    """``x / (k + alpha / size * sum(x**2 over size channels))**beta``, as in PyTorch.

    In the paper, alpha is not divided by the size.

    Args:
        size: Number of channels in the sum: ``size // 2`` channels before the value's channel, this
            channel, and the remaining channels after it.
        alpha: Weight of the mean square.
        beta: Exponent.
        k: Added to the weighted mean square.

    Source: Krizhevsky, Sutskever and Hinton 2012, *ImageNet Classification with Deep Convolutional
    Neural Networks*.
    """

    def __init__(self, size: int, *, alpha: float, beta: float, k: float) -> None:
        checked = LocalResponseNorm(size, alpha, beta, k)
        self.size, self.alpha = checked.size, checked.alpha
        self.beta, self.k = checked.beta, checked.k

    def __call__(self, inputs: Array) -> Array:
        """Normalize; the shape ``(..., C)`` stays."""
        # Sums of half-precision squares lose digits and overflow.
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
