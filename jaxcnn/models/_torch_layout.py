"""Where each array of a network lies in torchvision's state dict: its name, and its axes."""

import dataclasses
import math
from collections.abc import Generator
from typing import NamedTuple

import numpy as np

from jaxcnn.layers import (
    Container,
    ConvTranspose,
    Dense,
    Flatten,
    Layer,
    LayerScale,
    Shape,
    SqueezeExcite,
)

_CONTAINER_FIELDS = ("layers", "branches", "residual", "new")
"""Steps of a path that torchvision's names do not have."""

_STEPS = {"shortcut": "downsample"}
_LEAVES = {
    "kernel": "weight",
    "scale": "weight",
    "embedding": "weight",
    "mean": "running_mean",
    "var": "running_var",
}


MIXED_ROWS: Shape = (0,)
"""In place of the shape of a picture: several were flattened, and their rows then joined."""


class PlacedLayer(NamedTuple):
    """A layer where it stands in a network.

    Attributes:
        path: Where its module lies in the network's: ``layers.stem.layers.0``.
        layer: The layer.
        input_shape: Of one example.
        flattened: What a `Flatten` before it made a row of, if the values still lie as they did
            then; None: its input is no such row; `MIXED_ROWS`: a row made of such rows.
    """

    path: str
    layer: Layer
    input_shape: Shape
    flattened: Shape | None

    @property
    def torch_name(self) -> str:
        """The name of the layer's module in torchvision."""
        return _renamed(self.path)


def placed_layers(architecture: Layer, input_shape: Shape) -> dict[str, PlacedLayer]:
    """The layers of a network by their paths, in the order in which they compute."""
    return {
        place.path: place for place in _placed_layers(architecture, "", tuple(input_shape), None)
    }


@dataclasses.dataclass(frozen=True)
class Layout:
    """How an array is written in a state dict.

    Attributes:
        name: Its name there.
        torch_shape: Its shape there.
        shape: Its shape in jaxcnn.
        split: The same, with rows of a flattened picture as the axes that they were.
        axes: Which axes of these stand there, in order.
    """

    name: str
    torch_shape: Shape
    shape: Shape
    split: Shape
    axes: tuple[int, ...]

    def to_torch(self, array: np.ndarray) -> np.ndarray:
        """The array with PyTorch's axes."""
        return array.reshape(self.split).transpose(self.axes).reshape(self.torch_shape)

    def from_torch(self, array: np.ndarray) -> np.ndarray:
        """The array with jaxcnn's axes."""
        theirs = tuple(self.split[axis] for axis in self.axes)
        return array.reshape(theirs).transpose(np.argsort(self.axes)).reshape(self.shape)


def layout(path: str, shape: Shape, layers: dict[str, PlacedLayer]) -> Layout:
    """Where an array of a network goes.

    Args:
        path: Where it lies in the network's module: ``layers.0.kernel``.
        shape: Its shape.
        layers: From `placed_layers`.

    Raises:
        ValueError: If it belongs to a layer that torchvision's networks do not have, and whose
            arrays PyTorch lays out by rules of their own; or to one that takes the values of
            flattened pictures in an order that is no longer theirs.
    """
    module, _, leaf = path.rpartition(".")
    place = owner(module, layers)
    name = _joined(_renamed(module), _LEAVES.get(leaf, leaf))
    split, axes = shape, _axes(shape, leaf)
    spatial = (1,) * (len(place.input_shape) - 1)
    match place.layer:
        case ConvTranspose():
            raise ValueError(f"{path}: a ConvTranspose has no place in torchvision's state dicts")
        case LayerScale():
            return Layout(_renamed(module), (*shape, *spatial), shape, split, axes)
        case SqueezeExcite() if leaf == "kernel":
            return Layout(name, (*shape[::-1], *spatial), shape, split, axes)
        case Dense() if leaf != "kernel":
            pass
        case _ if place.flattened is MIXED_ROWS:
            raise ValueError(
                f"{path}: PyTorch has the values of flattened pictures in another order, which "
                "is not known behind layers that join or cut the rows; flatten last"
            )
        case _ if place.flattened and shape[0] == math.prod(place.flattened):
            # PyTorch flattens channels first; each axis of the row's picture finds its place.
            *picture, channels = range(len(place.flattened))
            split = (*place.flattened, *shape[1:])
            axes = (*range(len(place.flattened), len(split)), channels, *picture)
            torch_shape = shape[::-1]
            return Layout(name, torch_shape, shape, split, axes)
    return Layout(name, tuple(shape[axis] for axis in axes), shape, split, axes)


def owner(path: str, layers: dict[str, PlacedLayer]) -> PlacedLayer:
    """The layer that a module or an array belongs to, which may lie some steps up."""
    while path not in layers:
        if not path:
            raise ValueError("the network's module is not one that the architecture builds")
        path = path.rpartition(".")[0]
    return layers[path]


def _axes(shape: Shape, leaf: str) -> tuple[int, ...]:
    """Kernels are ``(*window, inputs, outputs)`` here and ``(outputs, inputs, *window)`` there."""
    axes = tuple(range(len(shape)))
    return (*axes[:-3:-1], *axes[:-2]) if leaf == "kernel" else axes


def _placed_layers(
    layer: Layer, path: str, shape: Shape, flattened: Shape | None
) -> Generator[PlacedLayer, None, Shape | None]:
    """The layers within `layer`, itself if it is no container; returns `flattened` behind it."""
    if not isinstance(layer, Container):
        yield PlacedLayer(path, layer, shape, flattened)
        if isinstance(layer, Flatten) and flattened is None:
            return shape if math.prod(shape[:-1]) > 1 else None
        if isinstance(layer, Dense) or flattened is None:
            return None
        return flattened if layer.output_shape(shape) == shape else MIXED_ROWS
    ends = set()
    reached = shape
    for chain in layer.chains():
        reached, row = shape, flattened
        for link in chain:
            row = yield from _placed_layers(link.layer, _joined(path, link.path), reached, row)
            reached = link.layer.output_shape(reached)
        ends.add(row)
    if len(ends) == 1 and layer.output_shape(shape) == reached:
        return ends.pop()
    return None if ends <= {None} else MIXED_ROWS


def _renamed(path: str) -> str:
    steps = (step for step in path.split(".") if step not in _CONTAINER_FIELDS)
    return ".".join(_STEPS.get(step, step) for step in steps)


def _joined(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
