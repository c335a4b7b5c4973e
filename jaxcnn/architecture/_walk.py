"""Visit the layers of a network in order of execution, and find whose outputs each one reads."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jaxcnn.architecture._input_shape import check_input_shape
from jaxcnn.layers import Container, Layer, ReceptiveField, Shape, check_layer

_CONTAINER_FIELDS = ("layers", "branches")
"""Steps of a path that are left out of names for readers."""


class VisitedLayer(NamedTuple):
    """A layer at its place in a network.

    Attributes:
        path: Path of the layer's module in the network's module: ``layers.stem.layers.0``.
        name: The path in short form: ``stem.0``.
        layer: The layer. It is a container if the visit stands for the sum or concatenation of the
            container's chains.
        input_shape: Shape of the input for one example.
        output_shape: Shape of the output for one example.
        receptive_field: Receptive field of one output in the network's input.
    """

    path: str
    name: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    receptive_field: ReceptiveField


def walk(architecture: Layer, input_shape: Shape) -> Iterator[VisitedLayer]:
    """Visit the layers of a network in order of execution, with shapes and receptive fields.

    The layers within containers are visited, at any depth. A container that joins several chains
    (`Residual`, `Parallel`) is itself visited after its layers. An empty network has no layers.

    Args:
        architecture: The network as data.
        input_shape: Shape of one example without batch axis, such as ``(H, W, C)``.

    Yields:
        One `VisitedLayer` per layer.

    Raises:
        TypeError: If `architecture` is not a layer.
        ValueError: If `input_shape` is not made of positive integers, or a layer does not fit its
            input. The error names the layer.

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
    """Visit `layer`, which takes the output of `before`."""
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
    """Shorten a path for readers: ``layers.stem.layers.0`` becomes ``stem.0``.

    The short path has no parts ``layers`` and ``branches``, which only name attributes of
    containers.
    """
    return ".".join(step for step in path.split(".") if step not in _CONTAINER_FIELDS)


INPUT = -1
"""The number of the network's input; the output of a visit has the number of the visit."""

Sources = tuple[int, ...]


def sources_of(architecture: Layer) -> list[Sources]:
    """Return, for each visit of `walk`, the numbers of the visits whose outputs it reads.

    Use it to follow values through a network with branches.

    Args:
        architecture: The network as data.

    Returns:
        One tuple per visit, in the order of `walk`; `INPUT` stands for the network's input.

    Example:
        >>> from jaxcnn import Conv, Residual, Sequential
        >>> net = Sequential([Conv(3, 3), Residual([Conv(3, 3), Conv(3, 3)])])
        >>> sources_of(net)  # the last one adds the shortcut
        [(-1,), (0,), (1,), (2, 0)]
    """
    found: list[Sources] = []

    def follow(layer: Layer, source: int) -> int:
        """Add the visits within `layer`, and return the number of the one that makes its output."""
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
    """Return how much is in memory while each visit runs: inputs, output, and later inputs.

    Args:
        sizes: Size of the output of each visit.
        input_size: Size of the network's input.
        sources: The visits that each visit reads, from `sources_of`.

    Example:
        >>> live_sizes([8, 4, 8], 3, [(-1,), (0,), (1, 0)])
        [11, 12, 20]
    """
    size_of = {INPUT: input_size, **dict(enumerate(sizes))}
    last_reader = {read: reader for reader, reads in enumerate(sources) for read in reads}
    live, totals = input_size, []
    for visit, reads in enumerate(sources):
        live += size_of[visit]
        totals.append(live)
        live -= sum(size_of[read] for read in set(reads) if last_reader[read] == visit)
    return totals
