"""Map each array of a network to its name and axes in torchvision's state dicts."""

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

_CONTAINER_FIELDS = ("layers", "branches")
"""Steps of a path that come before the name or index of a layer; PyTorch's names have none."""

_LEFT_OUT = ("residual", "new")
"""Names of layers that torchvision's names leave out, as they do names with an underscore first."""

_STEPS = {"shortcut": "downsample"}
_LEAVES = {
    "kernel": "weight",
    "scale": "weight",
    "embedding": "weight",
    "mean": "running_mean",
    "var": "running_var",
}


MIXED_ROWS: Shape = (0,)
"""Used instead of an image's shape: several images were flattened, then their rows were joined."""


class PlacedLayer(NamedTuple):
    """A layer at its place in a network.

    Attributes:
        path: Path of the layer's module in the network's module: ``layers.stem.layers.0``.
        layer: The layer.
        input_shape: Shape of the input for one example.
        flattened: Shape that a `Flatten` before the layer turned into the layer's input row, if the
            values are still in that order. None if the input is not such a row; `MIXED_ROWS` if it
            is joined from several such rows.
    """

    path: str
    layer: Layer
    input_shape: Shape
    flattened: Shape | None

    @property
    def torch_name(self) -> str:
        """Name of the layer's module in torchvision."""
        return _renamed(self.path)


def placed_layers(architecture: Layer, input_shape: Shape) -> dict[str, PlacedLayer]:
    """Return the layers of a network by their paths, in order of execution."""
    return {
        place.path: place for place in _placed_layers(architecture, "", tuple(input_shape), None)
    }


@dataclasses.dataclass(frozen=True)
class Layout:
    """The form of an array in a state dict.

    Attributes:
        name: Its name in the state dict.
        torch_shape: Its shape in the state dict.
        shape: Its shape in jaxcnn.
        split: Its shape in jaxcnn, with a flattened row split into the axes that it was made of.
        axes: The permutation of these axes in the state dict.
    """

    name: str
    torch_shape: Shape
    shape: Shape
    split: Shape
    axes: tuple[int, ...]

    def to_torch(self, array: np.ndarray) -> np.ndarray:
        """Bring an array to PyTorch's axes."""
        return array.reshape(self.split).transpose(self.axes).reshape(self.torch_shape)

    def from_torch(self, array: np.ndarray) -> np.ndarray:
        """Bring an array to jaxcnn's axes."""
        theirs = tuple(self.split[axis] for axis in self.axes)
        return array.reshape(theirs).transpose(np.argsort(self.axes)).reshape(self.shape)


def layout(path: str, shape: Shape, layers: dict[str, PlacedLayer]) -> Layout:
    """Return the layout of one of a network's arrays in a state dict.

    Args:
        path: Path of the array in the network's module: ``layers.0.kernel``.
        shape: Its shape.
        layers: The network's layers, from `placed_layers`.

    Raises:
        ValueError: If the array belongs to a layer that torchvision's networks do not have and
            whose arrays PyTorch lays out differently. Also if it belongs to a layer whose inputs
            are values of flattened images that are no longer in their original order.
    """
    module, _, leaf = path.rpartition(".")
    place = owner(module, layers)
    name = _joined(_renamed(module), _LEAVES.get(leaf, leaf))
    split, axes = shape, _axes(shape, leaf)
    spatial = (1,) * (len(place.input_shape) - 1)
    match place.layer:
        case ConvTranspose():
            raise ValueError(
                f"{path}: expected a layer of torchvision's networks, got a ConvTranspose"
            )
        case LayerScale():
            return Layout(_renamed(module), (*shape, *spatial), shape, split, axes)
        case SqueezeExcite() if leaf == "kernel":
            return Layout(name, (*shape[::-1], *spatial), shape, split, axes)
        case Dense() if leaf != "kernel":
            pass
        case _ if place.flattened is MIXED_ROWS:
            raise ValueError(
                f"{path}: expected the values of one flattened image, got rows that were joined or "
                "cut (PyTorch flattens images in another order, which is not known here; flatten "
                "last)"
            )
        case _ if place.flattened and shape[0] == math.prod(place.flattened):
            # PyTorch flattens channels first, so the axes of the flattened image are permuted.
            *image_axes, channels = range(len(place.flattened))
            split = (*place.flattened, *shape[1:])
            axes = (*range(len(place.flattened), len(split)), channels, *image_axes)
            torch_shape = shape[::-1]
            return Layout(name, torch_shape, shape, split, axes)
    return Layout(name, tuple(shape[axis] for axis in axes), shape, split, axes)


def owner(path: str, layers: dict[str, PlacedLayer]) -> PlacedLayer:
    """Return the layer of a module or an array, which may be several steps up its path."""
    while path not in layers:
        if not path:
            raise ValueError("module: expected one that the architecture builds, got another")
        path = path.rpartition(".")[0]
    return layers[path]


def _axes(shape: Shape, leaf: str) -> tuple[int, ...]:
    """Return the axes of a PyTorch array: kernels are ``(outputs, inputs, *window)`` there.

    In jaxcnn they are ``(*window, inputs, outputs)``. Other arrays have the same axes.
    """
    axes = tuple(range(len(shape)))
    return (*axes[:-3:-1], *axes[:-2]) if leaf == "kernel" else axes


def _placed_layers(
    layer: Layer, path: str, shape: Shape, flattened: Shape | None
) -> Generator[PlacedLayer, None, Shape | None]:
    """Yield the layers within `layer`, or `layer` if it has none; return `flattened` after it."""
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
    names, is_layer = [], False
    for step in path.split("."):
        # After a container's field comes a layer, which can have the same name: "layers.layers".
        if not is_layer and step in _CONTAINER_FIELDS:
            is_layer = True
            continue
        if not (is_layer and (step in _LEFT_OUT or step.startswith("_"))):
            names.append(_STEPS.get(step, step))
        is_layer = False
    return ".".join(names)


def _joined(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
