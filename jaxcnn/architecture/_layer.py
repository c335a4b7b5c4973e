"""What every layer of an architecture answers: shapes, costs, window, module."""

import abc
import dataclasses
from typing import NamedTuple

from flax import nnx

Shape = tuple[int, ...]


class Costs(NamedTuple):
    """What a layer costs for one example, in plain integers.

    Attributes:
        parameters: trained numbers (weights, biases, scales).
        macs: multiply-accumulate operations; multiplications with padding count too.
        bytes: memory of the weights as float32, frozen weights and running statistics included.
    """

    parameters: int = 0
    macs: int = 0
    bytes: int = 0

    def __add__(self, other: "Costs") -> "Costs":  # type: ignore[override]
        """The costs of two layers together."""
        return Costs(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Window(NamedTuple):
    """The patch of its input that one output value of a layer sees, along any spatial axis.

    Attributes:
        size: the patch's side in input pixels, one number per spatial axis, or a single one
            that holds for all of them; ``None`` where an output sees the whole input.
        stride: how far apart in the input two neighbouring outputs look, likewise.
    """

    size: Shape | None = (1,)
    stride: Shape = (1,)


@dataclasses.dataclass(frozen=True)
class Layer(abc.ABC):
    """One layer as plain data; the base class of all layers.

    A subclass is a frozen dataclass of numbers, strings, tuples and other layers. It says
    everything about itself without an array: the shape that it makes, what it costs, what it
    sees. Only `build` makes arrays. Shapes are those of one example, channels last, with no
    batch axis: ``(H, W, C)`` for an image, ``(C,)`` for a vector.

    To add a layer of one's own, subclass it, define at least `output_shape` and `build`, and
    pass the class to `from_json` where architectures are read back. Bad arguments raise in
    `__post_init__`, with a text that begins with the argument's name.
    """

    @abc.abstractmethod
    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the output for one example of `input_shape`."""

    @abc.abstractmethod
    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """The Flax module that does what this layer says, with fresh parameters."""

    def costs(self, input_shape: Shape) -> Costs:
        """Parameters, multiply-accumulates and bytes of weights; nothing unless overridden."""
        del input_shape
        return Costs()

    def window(self) -> Window:
        """The input patch behind one output value; one pixel unless overridden."""
        return Window()


FLOAT32_BYTES = 4
