"""Functions of `jaxcnn.functional` as modules with nothing to learn."""

import math
from typing import Any

from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn import functional as F

ACTIVATIONS = (
    "elu",
    "exact_gelu",
    "gelu",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "step",
    "tanh",
)


class Activation(nnx.Module):
    """A function of `jaxcnn.functional`, value by value.

    Args:
        function: one of `ACTIVATIONS`.
    """

    def __init__(self, function: str) -> None:
        self.function = function

    def __call__(self, inputs: ArrayLike) -> Array:
        """Apply the function; shapes stay."""
        return getattr(F, self.function)(inputs)


class Pool(nnx.Module):
    """Max or average pooling.

    Args:
        function: ``"max_pool"`` or ``"avg_pool"``.
        window_shape: one size for each spatial axis.
        options: that function's `strides`, `padding` and so on, by name.
    """

    def __init__(self, function: str, window_shape: tuple[int, ...], **options: Any) -> None:
        self.function, self.window_shape = function, window_shape
        self.options = tuple(options.items())  # hashable, as all static attributes must be

    def __call__(self, inputs: ArrayLike) -> Array:
        """``(N, *spatial, C)`` to ``(N, *fewer, C)``."""
        return getattr(F, self.function)(inputs, self.window_shape, **dict(self.options))


class GlobalPool(nnx.Module):
    """Pooling over all spatial axes.

    Args:
        function: ``"global_max_pool"`` or ``"global_avg_pool"``.
        spatial_rank: how many spatial axes the input has.
    """

    def __init__(self, function: str, spatial_rank: int) -> None:
        self.function, self.spatial_rank = function, spatial_rank

    def __call__(self, inputs: ArrayLike) -> Array:
        """``(N, *spatial, C)`` to ``(N, C)``."""
        return getattr(F, self.function)(inputs, spatial_rank=self.spatial_rank)


class Flatten(nnx.Module):
    """All axes of each example in one row, channels varying fastest."""

    def __call__(self, inputs: Array) -> Array:
        """``(N, ...)`` to ``(N, number of values)``."""
        return inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))


class Rescale(nnx.Module):
    """Multiplies by a fixed number.

    Args:
        factor: the number.
    """

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, inputs: Array) -> Array:
        """Shapes stay."""
        return inputs * self.factor
