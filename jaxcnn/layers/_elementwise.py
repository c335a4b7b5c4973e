"""Layers that work value by value: shapes stay as they are."""

import dataclasses
import math

from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_choice, check_number
from jaxcnn.layers._layer import Costs, SameShape, ShapeLayer
from jaxcnn.layers._receptive_field import Shape

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
    "heaviside",
    "tanh",
)
"""The names that `Activation` takes: functions of `jaxcnn.functional`."""


@dataclasses.dataclass(frozen=True)
class Activation(SameShape, ShapeLayer):
    """A nonlinearity, by its name in `jaxcnn.functional`.

    Args:
        function: one of `jaxcnn.layers.ACTIVATIONS`: ``"relu"``, ``"gelu"``, ``"tanh"``, ...
    """

    function: str

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("function", self.function, ACTIVATIONS)

    def label(self, input_shape: Shape) -> str:
        """``Activation relu``, say."""
        del input_shape
        return f"Activation {self.function}"

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `ActivationModule`."""
        del input_shape, rngs
        return ActivationModule(self.function)


class ActivationModule(nnx.Module):
    """A function of `jaxcnn.functional`, value by value.

    Args:
        function: one of `ACTIVATIONS`.
    """

    def __init__(self, function: str) -> None:
        self.function = function

    def __call__(self, inputs: ArrayLike) -> Array:
        """Apply the function; shapes stay."""
        return getattr(F, self.function)(inputs)


@dataclasses.dataclass(frozen=True)
class Rescale(SameShape):
    """Multiplies by a fixed number.

    Args:
        factor: the number.
    """

    factor: float

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("factor", self.factor)

    def costs(self, input_shape: Shape) -> Costs:
        """One multiplication a value."""
        return Costs(macs=math.prod(input_shape))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `RescaleModule`."""
        del input_shape, rngs
        return RescaleModule(self.factor)


class RescaleModule(nnx.Module):
    """Multiplies by a fixed number.

    Args:
        factor: the number.
    """

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, inputs: Array) -> Array:
        """Shapes stay."""
        return inputs * self.factor
