"""Layers that work value by value: shapes stay as they are."""

import dataclasses
import math

from flax import nnx

from jaxcnn import nn
from jaxcnn._support.arguments import check_choice, check_number
from jaxcnn.architecture._layer import Costless, Costs, Layer, Shape


@dataclasses.dataclass(frozen=True)
class SameShape(Layer):
    """What keeps the shape of its input."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape."""
        return input_shape


@dataclasses.dataclass(frozen=True)
class Activation(SameShape, Costless):
    """A nonlinearity, by its name in `jaxcnn.functional`.

    Args:
        function: one of `jaxcnn.nn.ACTIVATIONS`: ``"relu"``, ``"gelu"``, ``"tanh"``, ...
    """

    function: str

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("function", self.function, nn.ACTIVATIONS)

    def label(self, input_shape: Shape) -> str:
        """``Activation relu``, say."""
        del input_shape
        return f"Activation {self.function}"

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.Activation`."""
        del input_shape, rngs
        return nn.Activation(self.function)


@dataclasses.dataclass(frozen=True)
class Dropout(SameShape, Costless):
    """In training, sets a share `rate` of the values to 0 and scales the rest by 1/(1 - rate).

    Source: Srivastava et al. 2014, *Dropout*.
    """

    rate: float

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("rate", self.rate, minimum=0, below=1)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.Dropout`; the key comes with each call."""
        del input_shape, rngs
        return nn.Dropout(self.rate)


@dataclasses.dataclass(frozen=True)
class DropPath(SameShape, Costless):
    """In training, sets whole examples to 0 with probability `rate`; scales the rest to make up.

    As the last layer of a residual branch, it skips the branch for these examples.

    Source: Huang et al. 2016, *Deep Networks with Stochastic Depth*.
    """

    rate: float

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("rate", self.rate, minimum=0, below=1)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.DropPath`; the key comes with each call."""
        del input_shape, rngs
        return nn.DropPath(self.rate)


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
        """A `jaxcnn.nn.Rescale`."""
        del input_shape, rngs
        return nn.Rescale(self.factor)
