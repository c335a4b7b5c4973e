"""What every layer of an architecture answers: shapes, costs, window, module."""

import abc
import dataclasses
from typing import Any, NamedTuple

import numpy as np
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
    """The box of input pixels that each output value of a layer sees.

    Along each spatial axis, output ``i`` sees the pixels from ``i * stride - padding``, `size`
    of them. What of the box lies outside the input is padding; CIRCULAR padding repeats there
    the pixels of the opposite side.

    Attributes:
        size: side of the box, one number for each spatial axis of the input; of a whole
            network, this is its receptive field.
        stride: how far apart the boxes of two neighbouring outputs are; 0 where all outputs
            see the same box.
        padding: how far before the input's start the first output's box begins.
    """

    size: Shape
    stride: Shape
    padding: Shape

    @classmethod
    def of_one_pixel(cls, spatial_rank: int) -> "Window":
        """The window of a layer whose outputs each see the pixel in their own place."""
        return cls((1,) * spatial_rank, (1,) * spatial_rank, (0,) * spatial_rank)

    @classmethod
    def of_everything(cls, spatial_shape: Shape) -> "Window":
        """The window of a layer whose outputs all see the whole input."""
        return cls(spatial_shape, (0,) * len(spatial_shape), (0,) * len(spatial_shape))


@dataclasses.dataclass(frozen=True)
class Layer(abc.ABC):
    """One layer as plain data; the base class of all layers.

    A subclass is a frozen dataclass of numbers, strings, tuples and other layers. It says
    everything about itself without an array: the shape that it makes, what it costs, what it
    sees. Only `build` makes arrays. Shapes are those of one example, channels last, with no
    batch axis: ``(H, W, C)`` for an image, ``(C,)`` for a vector.

    To add a layer of one's own, subclass it, define at least `output_shape` and `build`, and
    pass the class to `from_json` where architectures are read back. Bad arguments raise in
    `__post_init__`, which begins with ``super().__post_init__()``, with a text that begins with
    the argument's name.
    """

    def __post_init__(self) -> None:
        """Make all arguments plain: lists become tuples, and NumPy's numbers Python's."""
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, plain(getattr(self, field.name)))

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

    def window(self, input_shape: Shape) -> Window:
        """The box of the input that each output value sees.

        Unless overridden, that is the pixel in its own place; or everything, where the output
        has another number of axes than the input and so no places of the same kind.
        """
        spatial = input_shape[:-1]
        if len(self.output_shape(input_shape)) != len(input_shape):
            return Window.of_everything(spatial)
        return Window.of_one_pixel(len(spatial))


FLOAT32_BYTES = 4


def plain(value: Any) -> Any:
    """`value` as plain data: lists as tuples, and NumPy's numbers as Python's."""
    if isinstance(value, list | tuple):
        return tuple(map(plain, value))
    return value.item() if isinstance(value, np.generic) else value
