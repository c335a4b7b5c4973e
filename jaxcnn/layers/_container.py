"""What all layers made of layers share: chains, and what is computed along them."""

import abc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from flax import nnx

from jaxcnn.layers._layer import Costs, Layer, check_name
from jaxcnn.layers._receptive_field import ReceptiveField, Shape


class ArchitectureError(ValueError):
    """A layer does not fit where it stands; the message begins with its place."""

    def __init__(self, place: str, message: str) -> None:
        self.place, self.message = place, message
        super().__init__(f"{place} {message}")


class Link(NamedTuple):
    """A layer in a chain of a container.

    Attributes:
        place: where errors say that it stands, such as ``layers[3]``.
        path: where its module lies in the container's module, such as ``layers.3`` or, where it
            has a name, ``layers.stem``.
        layer: the layer.
    """

    place: str
    path: str
    layer: Layer

    @property
    def key(self) -> str:
        """The layer's name, or its index."""
        return self.path.rpartition(".")[-1]

    @contextmanager
    def named_in_errors(self, input_shape: Shape) -> Iterator[None]:
        """Say which layer of a container an error comes from, however deeply it is nested."""
        try:
            yield
        except ArchitectureError as error:
            raise ArchitectureError(f"{self.place}.{error.place}", error.message) from None
        except ValueError as error:
            # What a layer needs is said of it: "Conv 5×5 VALID needs at least 5×5, got 3×3".
            colon = "" if str(error).startswith("needs ") else ":"
            called = _called(self.layer, input_shape)
            raise ArchitectureError(self.place, f"{called}{colon} {error}") from None


Chain = tuple[Link, ...]


class Container(Layer):
    """A layer made of chains of layers, which all start at its own input.

    Subclasses say what the chains are, how their ends are joined, and which module that makes;
    shapes, costs and receptive fields
    follow.
    """

    @abc.abstractmethod
    def chains(self) -> Sequence[Chain]:
        """The chains: layers one after another."""

    @abc.abstractmethod
    def join(self, shapes: Sequence[Shape]) -> Shape:
        """The output shape that the chains' output shapes make."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """What the joined ends of the chains have."""
        return self.join([shapes_along(chain, input_shape)[-1] for chain in self.chains()])

    def costs(self, input_shape: Shape) -> Costs:
        """The sum over the layers."""
        costs, ends = Costs(), []
        for chain in self.chains():
            shapes = shapes_along(chain, input_shape)
            for link, shape in zip(chain, shapes, strict=False):
                costs += link.layer.costs(shape)
            ends.append(shapes[-1])
        self.join(ends)  # raises where they do not go together
        return costs

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """The layers' receptive fields composed.

        It holds all that an output sees. Near the edges it can hold a few pixels more, which
        strides or padding have left out.
        """
        fields, ends = [], []
        for chain in self.chains():
            shapes = shapes_along(chain, input_shape)
            field = ReceptiveField.of_one_pixel(len(input_shape) - 1)
            for link, shape in zip(chain, shapes, strict=False):
                field = field.then(link.layer.receptive_field(shape), shape).within(input_shape)
            fields.append(field)
            ends.append(shapes[-1])
        self.join(ends)  # raises where they do not go together
        return ReceptiveField.union(fields, input_shape).within(input_shape)

    def _modules(
        self, chain: Chain, input_shape: Shape, rngs: nnx.Rngs
    ) -> list[nnx.Module] | dict[str, nnx.Module]:
        """The modules of a chain."""
        links = zip(chain, shapes_along(chain, input_shape), strict=False)
        return with_keys(chain, [link.layer.build(shape, rngs=rngs) for link, shape in links])


def _called(layer: Layer, input_shape: Shape) -> str:
    """A layer's label and name; its class where the label itself does not go with the input."""
    try:
        label = layer.label(input_shape)
    except ValueError:
        label = type(layer).__name__
    return f"{label} {layer.name!r}" if layer.name else label


def shapes_along(chain: Chain, input_shape: Shape) -> list[Shape]:
    """The shape that enters each layer of a chain, and at the end the one that comes out."""
    shapes = [tuple(input_shape)]
    for link in chain:
        with link.named_in_errors(shapes[-1]):
            shapes.append(link.layer.output_shape(shapes[-1]))
    return shapes


def with_keys(links: Chain, modules: list[nnx.Module]) -> list[nnx.Module] | dict[str, nnx.Module]:
    """The links' modules: by their keys, if any has a name."""
    if not any(link.layer.name for link in links):
        return modules
    return {link.key: module for link, module in zip(links, modules, strict=True)}


def chain_of(field: str, layers: tuple[Layer, ...], path: str | None = None) -> Chain:
    """The layers that stand in a container's `field`, each with its place and path."""
    return tuple(
        Link(f"{field}[{index}]", f"{path or field}.{layer.name or index}", layer)
        for index, layer in enumerate(layers)
    )


def as_layers(argument: str, layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """The layers as a tuple; raises unless they are layers whose keys differ."""
    if not isinstance(layers, Iterable):
        raise TypeError(f"{argument} must be an iterable of layers, got {layers!r}")
    layers = tuple(layers)
    keys: dict[str, int] = {}
    for index, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(
                f"{argument}[{index}] must be a Layer, got {layer!r:.200}{hint_of_list(layer)}"
            )
        first = keys.setdefault(layer.name or str(index), index)
        if first != index:
            raise ValueError(
                f"{argument}[{index}] has the name {layer.name!r}, but {argument}[{first}] is "
                "called so already (a layer without a name is called by its index)"
            )
    return layers


def hint_of_list(layer: object) -> str:
    return "; several in a row are a Sequential([...])" if isinstance(layer, list | tuple) else ""


def set_fields(layer: Layer, **arguments: object) -> None:
    """Set the fields of a layer that has an `__init__` of its own."""
    for name, value in arguments.items():
        object.__setattr__(layer, name, value)
    check_name(layer.name)
