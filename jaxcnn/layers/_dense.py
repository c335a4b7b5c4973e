"""Layers that are one matrix: fully connected, with flattening before, and embedding of tokens."""

import dataclasses
import math

from flax import nnx
from jax import Array

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_bool, check_int
from jaxcnn.layers._initializers import BIAS_INITIALIZERS, Init, check_initializer, initializer
from jaxcnn.layers._layer import Costs, Layer, ShapeLayer
from jaxcnn.layers._receptive_field import ReceptiveField, Shape


@dataclasses.dataclass(frozen=True)
class Flatten(ShapeLayer):
    """All axes of an example in one row, in row-major order: channels vary fastest.

    Example:
        >>> Flatten().output_shape((28, 28, 3))
        (2352,)
    """

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(number of values,)``."""
        return (math.prod(input_shape),)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `FlattenModule`."""
        del input_shape, rngs
        return FlattenModule()


class FlattenModule(nnx.Module):
    """All axes of each example in one row, channels varying fastest."""

    def __call__(self, inputs: Array) -> Array:
        """``(N, ...)`` to ``(N, number of values)``."""
        return inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))


@dataclasses.dataclass(frozen=True)
class Dense(Layer):
    """A fully connected layer on the last axis: ``outputs = inputs @ kernel + bias``.

    Args:
        features: number of neurons, which is the number of outputs.
        use_bias: add a trained number to each output.
        kernel_init: name of the initializer, one of `INITIALIZERS`, or a tuple as in `Conv`.
        bias_init: the initializer of the bias.

    Example:
        >>> Dense(1).costs((2352,)).parameters
        2353
    """

    features: int
    use_bias: bool = True
    kernel_init: Init = "lecun_normal"
    bias_init: Init = "zeros"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("features", self.features)
        check_bool("use_bias", self.use_bias)
        check_initializer("kernel_init", self.kernel_init)
        check_initializer("bias_init", self.bias_init, BIAS_INITIALIZERS)

    def output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape with its last axis turned into `features`."""
        if not input_shape:
            raise ValueError("input_shape must have at least one axis, got ()")
        return (*input_shape[:-1], self.features)

    def costs(self, input_shape: Shape) -> Costs:
        """``(inputs + 1) * features`` parameters; one multiplication a weight and place."""
        *places, inputs = input_shape
        parameters = F.dense_parameters(inputs, self.features, use_bias=self.use_bias)
        macs = math.prod(places) * F.dense_macs(inputs, self.features)
        return Costs.of_trained(parameters, macs)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """An `nnx.Linear`."""
        self.output_shape(input_shape)
        return nnx.Linear(
            input_shape[-1],
            self.features,
            use_bias=self.use_bias,
            kernel_init=initializer(self.kernel_init),
            bias_init=initializer(self.bias_init),
            rngs=rngs,
        )


@dataclasses.dataclass(frozen=True)
class Embedding(Layer):
    """Looks up a trained vector for each integer: the first layer of a network that reads text.

    Source: Bengio et al. 2003, *A Neural Probabilistic Language Model*.

    Args:
        num_embeddings: number of vectors; inputs are 0 to ``num_embeddings - 1`` (from there on,
            they give NaN).
        features: length of the vectors.

    Example:
        >>> Embedding(10_000, 128).output_shape((56,))
        (56, 128)
    """

    num_embeddings: int
    features: int

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("num_embeddings", self.num_embeddings)
        check_int("features", self.features)

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(L,)`` to ``(L, features)``."""
        if len(input_shape) != 1:
            raise ValueError(f"input_shape must be (L,), a row of integers, got {input_shape}")
        return (*input_shape, self.features)

    def costs(self, input_shape: Shape) -> Costs:
        """A table of vectors, and no multiplication."""
        self.output_shape(input_shape)
        parameters = self.num_embeddings * self.features
        return Costs.of_trained(parameters)

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """The token in its own place: behind this layer, windows count tokens."""
        self.output_shape(input_shape)
        return ReceptiveField.of_one_pixel(1)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """An `nnx.Embed`."""
        self.output_shape(input_shape)
        return nnx.Embed(self.num_embeddings, self.features, rngs=rngs)
