"""The base of all layers made of layers: chains of layers, and computations along them."""

import abc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from flax import nnx

from jaxcnn.layers._layer import Costs, Layer, check_name
from jaxcnn.layers._receptive_field import ReceptiveField, Shape


class ArchitectureError(ValueError):
    """Error for a layer that does not fit its input. The message begins with the layer's place."""

    def __init__(self, place: str, message: str) -> None:
        self.place, self.message = place, message
        super().__init__(f"{place} {message}")


class PlacedLayer(NamedTuple):
    """A layer at its place in a container.

    Attributes:
        place: The place of the layer as errors give it, such as ``layers[3]``.
        path: The path of the layer's module in the container's module, such as ``layers.3``, or
            ``layers.stem`` for a layer with a name.
        layer: The layer.
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
        """Put the layer's place in front of errors that are raised in this context."""
        try:
            yield
        except ArchitectureError as error:
            raise ArchitectureError(f"{self.place}.{error.place}", error.message) from None
        except ValueError as error:
            # The layer takes the place of its argument: "Conv 5×5: expected at least 5×5, got 3×3".
            message = str(error).removeprefix("input_shape: ")
            layer = _label_and_name(self.layer, input_shape)
            raise ArchitectureError(self.place, f"{layer}: {message}") from None


LayerChain = tuple[PlacedLayer, ...]
"""Layers that are applied one after another."""


class Container(Layer):
    """A layer made of chains of layers; each chain starts from the layer's own input.

    Subclasses define the chains, how the chains' outputs are joined, and the module. Shapes, costs
    and receptive fields are computed from the chains.
    """

    @abc.abstractmethod
    def chains(self) -> Sequence[LayerChain]:
        """Return the chains; the layers of a chain run one after another."""

    @abc.abstractmethod
    def join(self, shapes: Sequence[Shape]) -> Shape:
        """Return the layer's output shape, given the output shapes of the chains."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the joined shape of the chains' outputs."""
        return self.join([shapes_along(chain, input_shape)[-1] for chain in self.chains()])

    def costs(self, input_shape: Shape) -> Costs:
        """Return the sum of the layers' costs."""
        costs, ends = Costs(), []
        for chain in self.chains():
            shapes = shapes_along(chain, input_shape)
            for placed, shape in zip(chain, shapes, strict=False):
                costs += placed.layer.costs(shape)
            ends.append(shapes[-1])
        self.join(ends)  # raises if they do not fit together
        return costs

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """Compose the receptive fields of the layers.

        The result contains all pixels that an output depends on. Near the edges it can also contain
        a few pixels that strides or padding leave out.
        """
        fields, ends = [], []
        for chain in self.chains():
            shapes = shapes_along(chain, input_shape)
            field = ReceptiveField.of_one_pixel(len(input_shape) - 1)
            for placed, shape in zip(chain, shapes, strict=False):
                field = field.then(placed.layer.receptive_field(shape), shape).within(input_shape)
            fields.append(field)
            ends.append(shapes[-1])
        self.join(ends)  # raises if they do not fit together
        return ReceptiveField.union(fields, input_shape).within(input_shape)

    def _modules(
        self, chain: LayerChain, input_shape: Shape, rngs: nnx.Rngs
    ) -> list[nnx.Module] | dict[str, nnx.Module]:
        """Build the modules of a chain."""
        steps = zip(chain, shapes_along(chain, input_shape), strict=False)
        return list_or_dict(
            chain, [placed.layer.build(shape, rngs=rngs) for placed, shape in steps]
        )


def _label_and_name(layer: Layer, input_shape: Shape) -> str:
    """Return a layer's label and name. If it has no label for this input, use its class."""
    try:
        label = layer.label(input_shape)
    except ValueError:
        label = type(layer).__name__
    return f"{label} {layer.name!r}" if layer.name else label


def shapes_along(chain: LayerChain, input_shape: Shape) -> list[Shape]:
    """Return the input shape of each layer of a chain, then the chain's output shape."""
    shapes = [tuple(input_shape)]
    for placed in chain:
        with placed.named_in_errors(shapes[-1]):
            shapes.append(placed.layer.output_shape(shapes[-1]))
    return shapes


def list_or_dict(
    placed_layers: LayerChain, modules: list[nnx.Module]
) -> list[nnx.Module] | dict[str, nnx.Module]:
    """Return the modules as a dict by the layers' keys if any layer has a name, else as a list."""
    if not any(placed.layer.name for placed in placed_layers):
        return modules
    return {placed.key: module for placed, module in zip(placed_layers, modules, strict=True)}


def chain_of(field: str, layers: tuple[Layer, ...], path: str | None = None) -> LayerChain:
    """Return the layers in a container's `field`, each with its place and path."""
    return tuple(
        PlacedLayer(f"{field}[{index}]", f"{path or field}.{layer.name or index}", layer)
        for index, layer in enumerate(layers)
    )


def as_layers(argument: str, layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """Return the layers as a tuple, or raise unless they are layers with different keys."""
    if not isinstance(layers, Iterable):
        raise TypeError(f"{argument}: expected an iterable of layers, got {layers!r}")
    layers = tuple(layers)
    keys: dict[str, int] = {}
    for index, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(
                f"{argument}[{index}]: expected a Layer, got {layer!r:.200}{hint_for_list(layer)}"
            )
        first = keys.setdefault(layer.name or str(index), index)
        if first != index:
            raise ValueError(
                f"{argument}[{index}]: expected a name that is not used, got {layer.name!r}, the "
                f"name of {argument}[{first}] (a layer without a name is called by its index)"
            )
    return layers


def hint_for_list(layer: object) -> str:
    """Return the hint of an error about a list in place of a layer; empty for anything else."""
    return " (several in a row are a Sequential([...]))" if isinstance(layer, list | tuple) else ""


def set_fields(layer: Layer, **arguments: object) -> None:
    """Set the fields of a layer that has a custom `__init__`."""
    for name, value in arguments.items():
        object.__setattr__(layer, name, value)
    check_name(layer.name)
