"""The containers: layers in sequence, with a shortcut, side by side, and again and again."""

import dataclasses
from collections.abc import Iterable, Sequence

from flax import nnx

from jaxcnn import nn
from jaxcnn._support.arguments import check_choice, check_int
from jaxcnn.architecture._container import (
    Chain,
    Container,
    Link,
    as_layers,
    chain_of,
    hint_of_list,
    set_fields,
    shapes_along,
    with_keys,
)
from jaxcnn.architecture._layer import Layer, Shape

MAX_TIMES = 1000


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
        set_fields(self, name=name, layers=as_layers("layers", layers))

    def chains(self) -> Sequence[Chain]:
        """One chain: the layers."""
        return (chain_of("layers", self.layers),)

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
        return shapes_along(self.chains()[0], input_shape)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nn.Sequential:
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
        shortcut = as_layers("shortcut", shortcut)
        set_fields(self, name=name, layers=as_layers("layers", layers), shortcut=shortcut)

    def chains(self) -> Sequence[Chain]:
        """The layers, and the shortcut."""
        return chain_of("layers", self.layers), chain_of(
            "shortcut", self.shortcut, "shortcut.layers"
        )

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
        set_fields(self, name=name, branches=as_layers("branches", branches), combine=combine)
        if not self.branches:
            raise ValueError("branches must hold at least one layer, got none")
        check_choice("combine", combine, nn.COMBINATIONS)

    def chains(self) -> Sequence[Chain]:
        """A chain of one layer a branch."""
        return [(link,) for link in chain_of("branches", self.branches)]

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
        links = chain_of("branches", self.branches)
        modules = [link.layer.build(input_shape, rngs=rngs) for link in links]
        return nn.Parallel(with_keys(links, modules), self.combine)


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
            raise TypeError(f"layer must be a Layer, got {self.layer!r}{hint_of_list(self.layer)}")
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
        links = zip(self.chains()[0], shapes_along(self.chains()[0], input_shape), strict=False)
        return nn.Sequential([link.layer.build(shape, rngs=rngs) for link, shape in links])
