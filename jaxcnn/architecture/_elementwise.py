"""Layers that work value by value, or channel by channel: shapes stay as they are."""

import dataclasses
import math

from flax import nnx

from jaxcnn import nn
from jaxcnn.architecture._checks import check_bool, check_choice, check_number
from jaxcnn.architecture._layer import FLOAT32_BYTES, Costs, Layer, Shape


@dataclasses.dataclass(frozen=True)
class _SameShape(Layer):
    def output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape."""
        return input_shape


@dataclasses.dataclass(frozen=True)
class Activation(_SameShape):
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
class Dropout(_SameShape):
    """In training, sets a share `rate` of the values to 0 and scales the rest by 1/(1 - rate).

    Source: Srivastava et al. 2014, *Dropout*.
    """

    rate: float

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("rate", self.rate, low=0.0, high=1.0)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.Dropout`; the key comes with each call."""
        del input_shape, rngs
        return nn.Dropout(self.rate)


@dataclasses.dataclass(frozen=True)
class Rescale(_SameShape):
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


@dataclasses.dataclass(frozen=True)
class BatchNorm(_SameShape):
    """Normalises each channel: over the batch in training, by running statistics otherwise.

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
        check_number("momentum", self.momentum, low=0.0, high=1.0)
        check_number("epsilon", self.epsilon, low=0.0)
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
