"""Layers made of layers."""

import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from flax import nnx

from jaxcnn import nn
from jaxcnn.architecture._layer import Costs, Layer, Shape, Window


class ArchitectureError(ValueError):
    """A layer does not fit where it stands; the message begins with its place."""

    def __init__(self, place: str, message: str) -> None:
        self.place, self.message = place, message
        super().__init__(f"{place} {message}")


@contextmanager
def _place(index: int, layer: Layer) -> Iterator[None]:
    """Say which layer of a container an error comes from, however deeply it is nested."""
    try:
        yield
    except ArchitectureError as error:
        raise ArchitectureError(f"layers[{index}].{error.place}", error.message) from None
    except ValueError as error:
        raise ArchitectureError(f"layers[{index}]", f"{type(layer).__name__}: {error}") from None


@dataclasses.dataclass(frozen=True)
class Sequential(Layer):
    """Layers one after another.

    Args:
        layers: the layers, first to last; any iterable, kept as a tuple.

    Example:
        >>> from jaxcnn.architecture import Conv, Dense, Flatten
        >>> net = Sequential([Conv(8, 5, padding="VALID"), Flatten(), Dense(10)])
        >>> net.output_shape((32, 32, 3))
        (10,)
        >>> net.costs((32, 32, 3)).parameters
        63338
    """

    layers: tuple[Layer, ...]

    def __init__(self, layers: Iterable[Layer]) -> None:
        if not isinstance(layers, Iterable):
            raise TypeError(f"layers must be an iterable of layers, got {layers!r}")
        layers = tuple(layers)
        for index, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                raise TypeError(f"layers[{index}] must be a Layer, got {layer!r}")
        object.__setattr__(self, "layers", layers)

    def layer_shapes(self, input_shape: Shape) -> list[Shape]:
        """The shape that enters each layer, in order, and at the end the one that comes out."""
        shapes = [tuple(input_shape)]
        for index, layer in enumerate(self.layers):
            with _place(index, layer):
                shapes.append(layer.output_shape(shapes[-1]))
        return shapes

    def output_shape(self, input_shape: Shape) -> Shape:
        """The last layer's output shape."""
        return self.layer_shapes(input_shape)[-1]

    def costs(self, input_shape: Shape) -> Costs:
        """The sum over the layers."""
        pairs = zip(self.layers, self.layer_shapes(input_shape), strict=False)
        return sum((layer.costs(shape) for layer, shape in pairs), start=Costs())

    def window(self, input_shape: Shape) -> Window:
        """The layers' windows composed: the receptive field of the whole, and where it lies.

        It holds all that an output sees. Near the edges it can hold a few pixels more, which
        strides or padding have left out.
        """
        window = Window.of_one_pixel(len(input_shape) - 1)
        for layer, shape in zip(self.layers, self.layer_shapes(input_shape), strict=False):
            # Once a layer has changed the number of axes, all that follows sees what it saw.
            if len(shape) == len(input_shape):
                window = _compose(window, layer.window(shape))
        return window

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.Sequential` of the layers' modules."""
        return nn.Sequential(self._build_layers(input_shape, rngs))

    def _build_layers(self, input_shape: Shape, rngs: nnx.Rngs) -> list[nnx.Module]:
        pairs = zip(self.layers, self.layer_shapes(input_shape), strict=False)
        return [layer.build(shape, rngs=rngs) for layer, shape in pairs]


@dataclasses.dataclass(frozen=True, init=False)
class Residual(Sequential):
    """Layers in sequence, and their input added to what they make: ``x + layers(x)``.

    Source: He et al. 2016, *Deep Residual Learning for Image Recognition*.

    Args:
        layers: the layers; what comes out of them must have the shape of what goes in.
    """

    def layer_shapes(self, input_shape: Shape) -> list[Shape]:
        """As in `Sequential`; the first and the last are equal."""
        shapes = super().layer_shapes(input_shape)
        if shapes[0] != shapes[-1]:
            raise ValueError(f"the layers must keep the shape {shapes[0]}, but give {shapes[-1]}")
        return shapes

    def window(self, input_shape: Shape) -> Window:
        """The layers' window, or the whole axis where their stride is not 1.

        At stride 1 that window holds the output's own pixel, which the input adds: layers that
        keep a size are padded, on both sides together, by the window's size less one.
        """
        window = super().window(input_shape)
        everything = Window.of_everything(input_shape[:-1])

        def choose(own: Shape, whole: Shape) -> Shape:
            rows = zip(own, whole, window.stride, strict=True)
            return tuple(a if stride == 1 else b for a, b, stride in rows)

        return Window(*map(choose, window, everything))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.Residual` of the layers' modules."""
        return nn.Residual(self._build_layers(input_shape, rngs))


def _compose(first: Window, second: Window) -> Window:
    """The window of two layers in sequence, in pixels of the first one's input."""
    (size_a, stride_a, padding_a), (size_b, stride_b, padding_b) = first, second
    return Window(
        tuple(a + (b - 1) * step for a, b, step in zip(size_a, size_b, stride_a, strict=True)),
        tuple(a * b for a, b in zip(stride_a, stride_b, strict=True)),
        tuple(a + b * step for a, b, step in zip(padding_a, padding_b, stride_a, strict=True)),
    )
