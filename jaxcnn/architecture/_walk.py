"""Through a network, layer by layer, in the order in which they compute."""

from collections.abc import Iterator
from typing import NamedTuple

from jaxcnn.architecture._build import check_input_shape
from jaxcnn.layers import Container, Layer, ReceptiveField, Shape, check_layer

_UNSAID = ("layers", "branches")
"""Steps of a path that say nothing to a reader."""


class Visit(NamedTuple):
    """A layer where it stands in a network.

    Attributes:
        path: where its module lies in the network's: ``layers.stem.layers.0``.
        name: the same for readers: ``stem.0``.
        layer: the layer; a container where its chains' ends are added or stacked.
        input_shape: of one example.
        output_shape: of one example.
        receptive_field: what an output of it sees of the network's input.
    """

    path: str
    name: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    receptive_field: ReceptiveField


def walk(architecture: Layer, input_shape: Shape) -> Iterator[Visit]:
    """Visit the layers of a network in the order in which they compute.

    Containers are entered; those that join several chains (`Residual`, `Parallel`) are visited
    themselves, too, after these. An empty network has no layers.

    Args:
        architecture: the network as data.
        input_shape: shape of one example, with no batch axis: ``(H, W, C)``.

    Raises:
        TypeError: if `architecture` is no layer.
        ValueError: if `input_shape` holds no positive integers, or a layer does not fit where it
            stands; the error names the layer.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(8, 3, name="stem"), jaxcnn.Flatten()])
        >>> [(visit.name, visit.output_shape) for visit in walk(net, (4, 4, 1))]
        [('stem', (4, 4, 8)), ('1', (128,))]
    """
    check_layer(architecture)
    shape = check_input_shape(input_shape)
    field = ReceptiveField.of_one_pixel(len(shape) - 1)
    yield from _visits(architecture, "", Visit("", "", architecture, shape, shape, field), shape)


def _visits(layer: Layer, path: str, before: Visit, network_shape: Shape) -> Iterator[Visit]:
    """Visit `layer` behind `before`, whose output it takes."""
    shape = before.output_shape
    if not isinstance(layer, Container):
        output_shape = layer.output_shape(shape)
        field = before.receptive_field.then(layer.receptive_field(shape), shape)
        field = field.within(network_shape)
        yield Visit(path, spoken(path), layer, shape, output_shape, field)
        return
    ends = []
    chains = layer.chains()
    for chain in chains:
        last = before
        for link in chain:
            with link.named_in_errors(last.output_shape):
                for visit in _visits(link.layer, _joined(path, link.path), last, network_shape):
                    yield visit
                    last = visit
        ends.append(last)
    output_shape = layer.join([end.output_shape for end in ends])
    if len(chains) > 1:
        field = ReceptiveField.union([end.receptive_field for end in ends], network_shape).within(
            network_shape
        )
        yield Visit(path, spoken(path), layer, shape, output_shape, field)


def _joined(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step


def spoken(path: str) -> str:
    """A path as readers are told it: without the steps that every container has."""
    return ".".join(step for step in path.split(".") if step not in _UNSAID)
