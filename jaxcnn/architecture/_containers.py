"""Layers made of layers."""

import abc
import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from flax import nnx

from jaxcnn import nn
from jaxcnn.architecture._checks import check_choice, check_int
from jaxcnn.architecture._layer import Costs, Layer, Shape, check_name
from jaxcnn.architecture._window import Window, union

MAX_TIMES = 1000


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


Chain = tuple[Link, ...]


@contextmanager
def at(link: Link, input_shape: Shape) -> Iterator[None]:
    """Say which layer of a container an error comes from, however deeply it is nested."""
    try:
        yield
    except ArchitectureError as error:
        raise ArchitectureError(f"{link.place}.{error.place}", error.message) from None
    except ValueError as error:
        # What a layer needs is said of it: "Conv 5×5 VALID needs at least 5×5, got 3×3".
        colon = "" if str(error).startswith("needs ") else ":"
        called = _called(link.layer, input_shape)
        raise ArchitectureError(link.place, f"{called}{colon} {error}") from None


class Container(Layer):
    """A layer made of chains of layers, which all start at its own input.

    Subclasses say what the chains are, how their ends are joined, and which module that makes;
    shapes, costs and windows follow.
    """

    @abc.abstractmethod
    def chains(self) -> Sequence[Chain]:
        """The chains: layers one after another."""

    @abc.abstractmethod
    def join(self, shapes: Sequence[Shape]) -> Shape:
        """The output shape that the chains' output shapes make."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """What the joined ends of the chains have."""
        return self.join([_shapes(chain, input_shape)[-1] for chain in self.chains()])

    def costs(self, input_shape: Shape) -> Costs:
        """The sum over the layers."""
        costs, ends = Costs(), []
        for chain in self.chains():
            shapes = _shapes(chain, input_shape)
            for link, shape in zip(chain, shapes, strict=False):
                costs += link.layer.costs(shape)
            ends.append(shapes[-1])
        self.join(ends)  # raises where they do not go together
        return costs

    def window(self, input_shape: Shape) -> Window:
        """The layers' windows composed: the receptive field of the whole, and where it lies.

        It holds all that an output sees. Near the edges it can hold a few pixels more, which
        strides or padding have left out.
        """
        self.output_shape(input_shape)
        ends = [_window(chain, input_shape) for chain in self.chains()]
        return union(ends, input_shape).within(input_shape)

    def _modules(
        self, chain: Chain, input_shape: Shape, rngs: nnx.Rngs
    ) -> list[nnx.Module] | dict[str, nnx.Module]:
        """The modules of a chain."""
        links = zip(chain, _shapes(chain, input_shape), strict=False)
        return _with_keys(chain, [link.layer.build(shape, rngs=rngs) for link, shape in links])


@dataclasses.dataclass(frozen=True)
class Sequential(Container):
    """Layers one after another.

    Args:
        layers: the layers, first to last; any iterable, kept as a tuple.
        name: as in `Layer`.

    Example:
        >>> from jaxcnn.architecture import Conv, Dense, Flatten
        >>> net = Sequential([Conv(8, 5, padding="VALID"), Flatten(), Dense(10)])
        >>> net.output_shape((32, 32, 3))
        (10,)
        >>> net.costs((32, 32, 3)).parameters
        63338
    """

    layers: tuple[Layer, ...]

    def __init__(self, layers: Iterable[Layer], *, name: str | None = None) -> None:
        _set(self, name=name, layers=_as_layers("layers", layers))

    def chains(self) -> Sequence[Chain]:
        """One chain: the layers."""
        return (_chain("layers", self.layers),)

    def join(self, shapes: Sequence[Shape]) -> Shape:
        """The last layer's output shape."""
        return shapes[0]

    def __getitem__(self, key: int | str) -> Layer:
        """A layer by its index, or by its name."""
        if not isinstance(key, str):
            return self.layers[key]
        links = {link.key: link.layer for link in self.chains()[0]}
        if key not in links:
            raise KeyError(f"there is no layer {key!r}; there are {', '.join(links)}")
        return links[key]

    def layer_shapes(self, input_shape: Shape) -> list[Shape]:
        """The shape that enters each layer, in order, and at the end the one that comes out."""
        return _shapes(self.chains()[0], input_shape)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.Sequential` of the layers' modules."""
        return nn.Sequential(self._modules(self.chains()[0], input_shape, rngs))


@dataclasses.dataclass(frozen=True)
class Residual(Container):
    """Layers in sequence, and their input added to what they make: ``layers(x) + shortcut(x)``.

    Source: He et al. 2016, *Deep Residual Learning for Image Recognition*.

    Args:
        layers: the layers, first to last.
        shortcut: layers on the input's own way, such as a strided 1×1 convolution that gives it
            the shape of what it is added to; none: the input as it is.
        name: as in `Layer`.

    Example:
        >>> from jaxcnn.architecture import Conv
        >>> Residual([Conv(64, 3, 2)], shortcut=[Conv(64, 1, 2)]).output_shape((8, 8, 32))
        (4, 4, 64)
    """

    layers: tuple[Layer, ...]
    shortcut: tuple[Layer, ...] = ()

    def __init__(
        self, layers: Iterable[Layer], shortcut: Iterable[Layer] = (), *, name: str | None = None
    ) -> None:
        shortcut = _as_layers("shortcut", shortcut)
        _set(self, name=name, layers=_as_layers("layers", layers), shortcut=shortcut)

    def chains(self) -> Sequence[Chain]:
        """The layers, and the shortcut."""
        return _chain("layers", self.layers), _chain("shortcut", self.shortcut, "shortcut.layers")

    def join(self, shapes: Sequence[Shape]) -> Shape:
        """The shape of both; they must be equal."""
        made, added = shapes
        if made == added:
            return made
        if self.shortcut:
            raise ValueError(f"the layers give {made}, but the shortcut {added}")
        raise ValueError(
            f"the layers must keep the shape {added}, but give {made}; or a shortcut=[...] must "
            "bring the input to that shape, too"
        )

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.Residual` of the layers' modules."""
        self.output_shape(input_shape)
        layers, shortcut = (self._modules(chain, input_shape, rngs) for chain in self.chains())
        return nn.Residual(layers, shortcut)


@dataclasses.dataclass(frozen=True)
class Parallel(Container):
    """Layers side by side on the same input, and their outputs added up or stacked.

    Source: Szegedy et al. 2015, *Going Deeper with Convolutions*.

    Args:
        branches: the layers, at least one; ``Sequential([])`` passes the input on as it is.
        combine: ``"sum"`` (of outputs of one shape) or ``"concat"`` (of their channels, in order).
        name: as in `Layer`.

    Example:
        >>> from jaxcnn.architecture import Conv
        >>> Parallel([Conv(8, 1), Conv(24, 3)], "concat").output_shape((9, 9, 3))
        (9, 9, 32)
    """

    branches: tuple[Layer, ...]
    combine: str = "sum"

    def __init__(
        self, branches: Iterable[Layer], combine: str = "sum", *, name: str | None = None
    ) -> None:
        _set(self, name=name, branches=_as_layers("branches", branches), combine=combine)
        if not self.branches:
            raise ValueError("branches must hold at least one layer, got none")
        check_choice("combine", combine, nn.COMBINATIONS)

    def chains(self) -> Sequence[Chain]:
        """A chain of one layer a branch."""
        return [(link,) for link in _chain("branches", self.branches)]

    def join(self, shapes: Sequence[Shape]) -> Shape:
        """The shape of all, or with all their channels; sizes must be equal."""
        channels = [shape[-1] for shape in shapes if shape]
        compared = shapes if self.combine == "sum" else [shape[:-1] for shape in shapes]
        if len(set(compared)) > 1 or len(channels) < len(shapes):
            what = "outputs of one shape" if self.combine == "sum" else "outputs of one size"
            raise ValueError(f"needs {what} to {self.combine}, got {', '.join(map(str, shapes))}")
        return shapes[0] if self.combine == "sum" else (*shapes[0][:-1], sum(channels))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.Parallel` of the branches' modules."""
        self.output_shape(input_shape)
        links = _chain("branches", self.branches)
        modules = [link.layer.build(input_shape, rngs=rngs) for link in links]
        return nn.Parallel(_with_keys(links, modules), self.combine)


@dataclasses.dataclass(frozen=True)
class Repeat(Container):
    """One layer several times in sequence, each time with weights of its own.

    Args:
        layer: the layer, often a `Sequential` or a `Residual`.
        times: how often, at most 1000.

    Example:
        >>> from jaxcnn.architecture import Conv
        >>> Repeat(Conv(8, 3), 3).costs((9, 9, 3)).parameters
        1392
    """

    layer: Layer
    times: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.layer, Layer):
            raise TypeError(f"layer must be a Layer, got {self.layer!r}{_hint(self.layer)}")
        check_int("times", self.times)
        if self.times > MAX_TIMES:
            raise ValueError(f"times must be at most {MAX_TIMES}, got {self.times}")

    def label(self, input_shape: Shape) -> str:
        """``Repeat ×3``, say."""
        del input_shape
        return f"Repeat ×{self.times}"

    def chains(self) -> Sequence[Chain]:
        """One chain: the layer again and again."""
        return (tuple(Link(f"layers[{i}]", f"layers.{i}", self.layer) for i in range(self.times)),)

    def join(self, shapes: Sequence[Shape]) -> Shape:
        """The last one's output shape."""
        return shapes[0]

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.Sequential` of as many modules."""
        links = zip(self.chains()[0], _shapes(self.chains()[0], input_shape), strict=False)
        return nn.Sequential([link.layer.build(shape, rngs=rngs) for link, shape in links])


def _called(layer: Layer, input_shape: Shape) -> str:
    """A layer's label and name; its class where the label itself does not go with the input."""
    try:
        label = layer.label(input_shape)
    except ValueError:
        label = type(layer).__name__
    return f"{label} {layer.name!r}" if layer.name else label


def _shapes(chain: Chain, input_shape: Shape) -> list[Shape]:
    """The shape that enters each layer of a chain, and at the end the one that comes out."""
    shapes = [tuple(input_shape)]
    for link in chain:
        with at(link, shapes[-1]):
            shapes.append(link.layer.output_shape(shapes[-1]))
    return shapes


def _window(chain: Chain, input_shape: Shape) -> Window:
    window = Window.of_one_pixel(len(input_shape) - 1)
    for link, shape in zip(chain, _shapes(chain, input_shape), strict=False):
        window = window.then(link.layer.window(shape), shape).within(input_shape)
    return window


def _with_keys(links: Chain, modules: list[nnx.Module]) -> list[nnx.Module] | dict[str, nnx.Module]:
    """The links' modules: by their keys, if any has a name."""
    if not any(link.layer.name for link in links):
        return modules
    return {link.key: module for link, module in zip(links, modules, strict=True)}


def _chain(field: str, layers: tuple[Layer, ...], path: str | None = None) -> Chain:
    """The layers that stand in a container's `field`, each with its place and path."""
    return tuple(
        Link(f"{field}[{index}]", f"{path or field}.{layer.name or index}", layer)
        for index, layer in enumerate(layers)
    )


def _as_layers(argument: str, layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """The layers as a tuple; raises unless they are layers whose keys differ."""
    if not isinstance(layers, Iterable):
        raise TypeError(f"{argument} must be an iterable of layers, got {layers!r}")
    layers = tuple(layers)
    keys: dict[str, int] = {}
    for index, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(
                f"{argument}[{index}] must be a Layer, got {layer!r:.200}{_hint(layer)}"
            )
        first = keys.setdefault(layer.name or str(index), index)
        if first != index:
            raise ValueError(
                f"{argument}[{index}] has the name {layer.name!r}, but {argument}[{first}] is "
                "called so already (a layer without a name is called by its index)"
            )
    return layers


def _hint(layer: object) -> str:
    return "; several in a row are a Sequential([...])" if isinstance(layer, list | tuple) else ""


def _set(layer: Layer, **arguments: object) -> None:
    """Set the fields of a layer that has an `__init__` of its own."""
    for name, value in arguments.items():
        object.__setattr__(layer, name, value)
    check_name(layer.name)
