"""Through a network, layer by layer, as they compute: who reads whose output."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jaxcnn.architecture._build import check_input_shape
from jaxcnn.layers import Container, Layer, ReceptiveField, Shape, check_layer

_CONTAINER_FIELDS = ("layers", "branches")
"""Steps of a path that say nothing to a reader."""


class VisitedLayer(NamedTuple):
    """A layer where it stands in a network.

    Attributes:
        path: Where its module lies in the network's: ``layers.stem.layers.0``.
        name: The same for readers: ``stem.0``.
        layer: The layer; a container where its chains' ends are added or stacked.
        input_shape: Of one example.
        output_shape: Of one example.
        receptive_field: What an output of it sees of the network's input.
    """

    path: str
    name: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    receptive_field: ReceptiveField


def walk(architecture: Layer, input_shape: Shape) -> Iterator[VisitedLayer]:
    """Visit the layers of a network in the order in which they compute.

    Containers are entered; those that join several chains (`Residual`, `Parallel`) are visited
    themselves, too, after these. An empty network has no layers.

    Args:
        architecture: The network as data.
        input_shape: Shape of one example, with no batch axis: ``(H, W, C)``.

    Raises:
        TypeError: If `architecture` is no layer.
        ValueError: If `input_shape` holds no positive integers, or a layer does not fit where it
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
    yield from _visits(
        architecture, "", VisitedLayer("", "", architecture, shape, shape, field), shape
    )


def _visits(
    layer: Layer, path: str, before: VisitedLayer, network_shape: Shape
) -> Iterator[VisitedLayer]:
    """Visit `layer` behind `before`, whose output it takes."""
    shape = before.output_shape
    if not isinstance(layer, Container):
        output_shape = layer.output_shape(shape)
        field = before.receptive_field.then(layer.receptive_field(shape), shape)
        field = field.within(network_shape)
        yield VisitedLayer(path, short_path(path), layer, shape, output_shape, field)
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
        yield VisitedLayer(path, short_path(path), layer, shape, output_shape, field)


def _joined(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step


def short_path(path: str) -> str:
    """A path as readers are told it: without the steps that every container has."""
    return ".".join(step for step in path.split(".") if step not in _CONTAINER_FIELDS)


INPUT = -1
"""Stands for the network's input where a visit's number stands for its output."""

Sources = tuple[int, ...]


def sources_of(architecture: Layer) -> list[Sources]:
    """For each visit of `walk`, the numbers of those whose outputs it reads.

    Example:
        >>> from jaxcnn import Conv, Residual, Sequential
        >>> net = Sequential([Conv(3, 3), Residual([Conv(3, 3), Conv(3, 3)])])
        >>> sources_of(net)  # the last one adds what came in
        [(-1,), (0,), (1,), (2, 0)]
    """
    found: list[Sources] = []

    def follow(layer: Layer, source: int) -> int:
        """Add what is within `layer`; returns whose output is the layer's own."""
        if isinstance(layer, Container):
            ends = []
            for chain in layer.chains():
                end = source
                for link in chain:
                    end = follow(link.layer, end)
                ends.append(end)
            if len(ends) == 1:
                return ends[0]
            found.append(tuple(ends))
        else:
            found.append((source,))
        return len(found) - 1

    follow(architecture, INPUT)
    return found


def live_sizes(sizes: Sequence[int], input_size: int, sources: Sequence[Sources]) -> list[int]:
    """How much is held while each visit runs: its inputs, its output, what others still need.

    Args:
        sizes: Of each visit's output.
        input_size: Of the network's input.
        sources: From `sources_of`.

    Example:
        >>> live_sizes([8, 4, 8], 3, [(-1,), (0,), (1, 0)])
        [11, 12, 20]
    """
    size_of = {INPUT: input_size, **dict(enumerate(sizes))}
    last_reader = {read: reader for reader, reads in enumerate(sources) for read in reads}
    held, most = input_size, []
    for visit, reads in enumerate(sources):
        held += size_of[visit]
        most.append(held)
        held -= sum(size_of[read] for read in set(reads) if last_reader[read] == visit)
    return most
