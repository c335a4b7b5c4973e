"""From words to vectors."""

import dataclasses

from flax import nnx

from jaxcnn._support.arguments import check_int
from jaxcnn.layers._layer import Costs, Layer
from jaxcnn.layers._receptive_field import ReceptiveField, Shape


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
