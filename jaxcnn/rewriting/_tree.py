"""A network as a tree of layers with their arrays, which a step changes and writes back as data."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from jaxcnn.layers import (
    LAYERS,
    Container,
    Layer,
    Parallel,
    Repeat,
    Residual,
    Sequential,
    Shape,
    shapes_along,
)


class WeightedLayers(NamedTuple):
    """A network as data: its layers and its arrays.

    Attributes:
        architecture: The layers.
        arrays: The arrays by name, such as ``layers.0.kernel``.
        input_shape: Shape of one input.
    """

    architecture: Layer
    arrays: Mapping[str, Any]
    input_shape: Shape


@dataclasses.dataclass(eq=False)
class Node:
    """A layer at its place in a network; steps change it in place.

    Attributes:
        layer: The layer.
        input_shape: Shape of its input.
        arrays: Its arrays by their names in its module, such as ``kernel``; empty for containers
            whose layers are in `chains`.
        chains: The layers of a container, as lists of nodes; empty for any other layer.
        is_removed: Whether the layer is left out of the network.
    """

    layer: Layer
    input_shape: Shape
    arrays: dict[str, Any]
    chains: list[list["Node"]]
    is_removed: bool = False

    def float64(self, name: str) -> np.ndarray:
        """Return an array in float64, so that products of weights are rounded once."""
        return np.asarray(self.arrays[name]).astype(np.float64)

    def set(self, name: str, array: np.ndarray, like: str) -> None:
        """Set an array, in the dtype of the array named `like`."""
        self.arrays[name] = array.astype(np.asarray(self.arrays[like]).dtype)


def read_tree(network: WeightedLayers) -> Node:
    """Return the tree of a network; the network itself stays unchanged."""
    return _read(network.architecture, dict(network.arrays), network.input_shape)


def _read(layer: Layer, arrays: dict[str, Any], shape: Shape) -> Node:
    if type(layer) not in (Sequential, Repeat, Residual, Parallel):  # custom ones stay closed
        return Node(layer, shape, arrays, [])
    assert isinstance(layer, Container)
    chains = []
    for chain in layer.chains():
        steps = zip(chain, shapes_along(chain, shape), strict=False)
        chains.append([_read(each.layer, _within(arrays, each.path), at) for each, at in steps])
    return Node(layer, shape, {}, chains)


def _within(arrays: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the arrays of a module within a module, by their names there."""
    start = f"{path}."
    return {name.removeprefix(start): a for name, a in arrays.items() if name.startswith(start)}


def straight_lines(node: Node) -> Iterator[list[Node]]:
    """Yield the layers that run one after another, for each chain of each container.

    Sequences are opened. A container of several chains stands in the line as a single layer, and
    its chains are lines of their own. A line ends before a custom layer, whose formula only its
    author knows, and another begins after it.
    """
    lines: list[list[Node]] = [[]]
    branching: list[Node] = []

    def visit(node: Node) -> None:
        if type(node.layer) not in LAYERS:
            lines.append([])
        elif len(node.chains) == 1 and isinstance(node.layer, Sequential | Repeat):
            for inner in node.chains[0]:
                visit(inner)
        else:
            lines[-1].append(node)
            branching.extend([node] * bool(node.chains))

    visit(node)
    yield from lines
    for container in branching:
        for chain in container.chains:
            yield from straight_lines(Node(Sequential([]), container.input_shape, {}, [chain]))


def write_tree(node: Node, input_shape: Shape) -> WeightedLayers:
    """Return the network of a tree, without its removed layers."""
    written = _write(node) or WrittenLayer(Sequential([], name=node.layer.name), {})
    return WeightedLayers(written.layer, written.arrays, input_shape)


class WrittenLayer(NamedTuple):
    """A layer of a rewritten network, with its arrays by their names in its module."""

    layer: Layer
    arrays: dict[str, Any]


def _write(node: Node) -> WrittenLayer | None:
    """Return a layer with its arrays; None if nothing is left of it."""
    if node.is_removed:
        return None
    if not node.chains:
        return WrittenLayer(node.layer, node.arrays)
    chains = [[written for inner in chain if (written := _write(inner))] for chain in node.chains]
    if isinstance(node.layer, Sequential | Repeat) and not chains[0]:
        return None
    if isinstance(node.layer, Parallel):  # a branch from which all is removed passes its input on
        chains = [
            chain or [WrittenLayer(Sequential([], name=inner.layer.name), {})]
            for chain, (inner,) in zip(chains, node.chains, strict=True)
        ]
    made = _with_layers(node.layer, [[each.layer for each in chain] for chain in chains])
    arrays = {
        f"{place.path}.{name}": array
        for placed, chain in zip(made.chains(), chains, strict=True)
        for place, each in zip(placed, chain, strict=True)
        for name, array in each.arrays.items()
    }
    return WrittenLayer(made, arrays)


def _with_layers(container: Layer, chains: Sequence[Sequence[Layer]]) -> Container:
    """Return a container with other layers in its chains."""
    match container:
        case Repeat():
            (layers,) = chains
            if all(layer == layers[0] for layer in layers):
                return dataclasses.replace(container, layer=layers[0], times=len(layers))
            return Sequential(_with_different_keys(layers), name=container.name)
        case Sequential():
            return dataclasses.replace(container, layers=_with_different_keys(chains[0]))
        case Residual():
            layers, shortcut = map(_with_different_keys, chains)
            return dataclasses.replace(container, layers=layers, shortcut=shortcut)
        case Parallel():
            branches = _with_different_keys([layer for chain in chains for layer in chain])
            return dataclasses.replace(container, branches=branches)
    raise TypeError(f"container: expected one of jaxcnn's, got {type(container).__name__}")


def _with_different_keys(layers: Sequence[Layer]) -> list[Layer]:
    """Return layers that have different names or indices; who has that of another loses its name.

    Layers have moved to other indices, and possibly into other containers.
    """
    keys = {layer.name or str(index) for index, layer in enumerate(layers)}
    if len(keys) == len(layers):
        return [*layers]
    taken = {str(index) for index in range(len(layers))}
    found = []
    for layer in layers:
        is_taken = layer.name in taken
        found.append(dataclasses.replace(layer, name=None) if is_taken else layer)
        taken |= {layer.name} if layer.name else set()
    return found
