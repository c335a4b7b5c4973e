"""Dense (fully connected) layers, flattening, and embeddings."""

import dataclasses
import math

from flax import nnx
from jax import Array

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_bool, check_int
from jaxcnn.layers._initializers import BIAS_INITIALIZERS, Init, check_initializer, initializer
from jaxcnn.layers._layer import Costs, Layer, ShapeLayer, window_of_one_pixel
from jaxcnn.layers._receptive_field import ReceptiveField, Shape
from jaxcnn.lowering import SlidingWindow


@dataclasses.dataclass(frozen=True)
class Flatten(ShapeLayer):
    """Flattening of all axes of an example into one, in row-major order: channels vary fastest.

    Example:
        >>> Flatten().output_shape((28, 28, 3))
        (2352,)
    """

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(number of values,)``."""
        return (math.prod(input_shape),)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `FlattenModule`."""
        del input_shape, rngs
        return FlattenModule()


class FlattenModule(nnx.Module):
    """Flattening of all axes of each example into one; channels vary fastest."""

    def __call__(self, inputs: Array) -> Array:
        """Map ``(N, ...)`` to ``(N, number of values)``."""
        return inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))


@dataclasses.dataclass(frozen=True)
class Dense(Layer):
    """A dense (fully connected) layer on the last axis: ``outputs = inputs @ kernel + bias``.

    Args:
        features: Number of neurons, which is the number of outputs.
        use_bias: Whether to add a trained bias to each output.
        kernel_init: Initializer of the kernel: one of `INITIALIZERS`, or a tuple of a name and its
            arguments, such as ``("normal", 0.01)``.
        bias_init: Initializer of the bias.

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
        """Return the input's shape with `features` as its last axis."""
        if not input_shape:
            raise ValueError("input_shape: expected at least one axis, got ()")
        return (*input_shape[:-1], self.features)

    def costs(self, input_shape: Shape) -> Costs:
        """Count weights and biases as parameters, and one product per weight and position."""
        *positions, inputs = input_shape
        parameters = F.dense_parameters(inputs, self.features, use_bias=self.use_bias)
        macs = math.prod(positions) * F.dense_macs(inputs, self.features)
        return Costs.of_trained(parameters, macs)

    def sliding_window(self, input_shape: Shape) -> SlidingWindow | None:
        """Return a window of one pixel."""
        return window_of_one_pixel(input_shape)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build an `nnx.Linear`."""
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
    """An embedding, the first layer of a network that reads text: one trained vector per integer.

    Args:
        num_embeddings: Number of vectors. Inputs are 0 to ``num_embeddings - 1``. Larger inputs
            give NaN.
        features: Length of the vectors.

    Example:
        >>> Embedding(10_000, 128).output_shape((56,))
        (56, 128)

    Source: Bengio et al. 2003, *A Neural Probabilistic Language Model*.
    """

    num_embeddings: int
    features: int

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("num_embeddings", self.num_embeddings)
        check_int("features", self.features)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(L, features)`` for an input of shape ``(L,)``."""
        if len(input_shape) != 1:
            raise ValueError(f"input_shape: expected (L,), a row of integers, got {input_shape}")
        return (*input_shape, self.features)

    def costs(self, input_shape: Shape) -> Costs:
        """Count the values of the vectors; to look up a vector takes no multiplication."""
        self.output_shape(input_shape)
        parameters = self.num_embeddings * self.features
        return Costs.of_trained(parameters)

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """Return the token at the same position; receptive fields of later layers count tokens."""
        self.output_shape(input_shape)
        return ReceptiveField.of_one_pixel(1)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build an `nnx.Embed`."""
        self.output_shape(input_shape)
        return nnx.Embed(self.num_embeddings, self.features, rngs=rngs)
