"""Layers that keep the shape: activations, and multiplication by a constant."""

import dataclasses
import math
from typing import Literal, get_args

from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_choice, check_number
from jaxcnn.layers._layer import Costs, SameShape, ShapeLayer
from jaxcnn.layers._receptive_field import Shape

ActivationName = Literal[
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
]
"""The names that `Activation` takes: functions of `jaxcnn.functional`."""

ACTIVATIONS: tuple[str, ...] = get_args(ActivationName)
"""The names that `Activation` takes: functions of `jaxcnn.functional`."""

_OTHER_NAMES = {
    "swish": "silu",
    "hswish": "hard_silu",
    "hard_swish": "hard_silu",
    "hardswish": "hard_silu",
    "hardsigmoid": "hard_sigmoid",
    "hardtanh": "hard_tanh",
    "leakyrelu": "leaky_relu",
    "lrelu": "leaky_relu",
    "logistic": "sigmoid",
    "step": "heaviside",
}
"""What other libraries call some activations."""


def check_activation(argument: str, value: object) -> None:
    """Raise ValueError unless `value` is one of `ACTIVATIONS`; the error suggests the nearest."""
    check_choice(argument, value, ACTIVATIONS, also=_OTHER_NAMES)


@dataclasses.dataclass(frozen=True)
class Activation(SameShape, ShapeLayer):
    """An activation, by its name in `jaxcnn.functional`.

    Args:
        function: One of `jaxcnn.layers.ACTIVATIONS`: ``"relu"``, ``"gelu"``, ``"tanh"``, ...
    """

    function: ActivationName

    def __post_init__(self) -> None:
        super().__post_init__()
        check_activation("function", self.function)

    def label(self, input_shape: Shape) -> str:
        """Return a label such as ``Activation relu``."""
        del input_shape
        return f"Activation {self.function}"

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build an `ActivationModule`."""
        del input_shape, rngs
        return ActivationModule(self.function)


class ActivationModule(nnx.Module):
    """An activation of `jaxcnn.functional`.

    Args:
        function: One of `ACTIVATIONS`.
    """

    def __init__(self, function: ActivationName) -> None:
        self.function = Activation(function).function  # checked

    def __call__(self, inputs: ArrayLike) -> Array:
        """Apply the function; the shape stays."""
        return getattr(F, self.function)(inputs)


@dataclasses.dataclass(frozen=True)
class Rescale(SameShape):
    """Multiplication by a constant, such as ``Rescale(1 / 255)`` for pixels of 0 to 255.

    Args:
        factor: The constant.
    """

    factor: float

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("factor", self.factor)

    def costs(self, input_shape: Shape) -> Costs:
        """Count one multiplication per value."""
        return Costs(macs=math.prod(input_shape))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `RescaleModule`."""
        del input_shape, rngs
        return RescaleModule(self.factor)


class RescaleModule(nnx.Module):
    """Multiplication by a constant.

    Args:
        factor: The constant.
    """

    def __init__(self, factor: float) -> None:
        self.factor = Rescale(factor).factor  # checked

    def __call__(self, inputs: Array) -> Array:
        """Multiply; the shape stays."""
        return inputs * self.factor
