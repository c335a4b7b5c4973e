"""Layers one after another, once or several times."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn.layers._call import call
from jaxcnn.layers._container import (
    Chain,
    Container,
    Link,
    as_layers,
    chain_of,
    hint_of_list,
    set_fields,
    shapes_along,
)
from jaxcnn.layers._layer import Layer
from jaxcnn.layers._receptive_field import Shape

MAX_TIMES = 1000

Modules = Sequence[nnx.Module] | Mapping[str, nnx.Module]


@dataclasses.dataclass(frozen=True)
class Sequential(Container):
    """Layers one after another.

    Args:
        layers: the layers, first to last; any iterable, kept as a tuple.
        name: as in `Layer`.

    Example:
        >>> from jaxcnn import Conv, Dense, Flatten
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

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> "SequentialModule":
        """A `SequentialModule` of the layers' modules."""
        return SequentialModule(self._modules(self.chains()[0], input_shape, rngs))


@dataclasses.dataclass(frozen=True)
class Repeat(Container):
    """One layer several times in sequence, each time with weights of its own.

    Args:
        layer: the layer, often a `Sequential` or a `Residual`.
        times: how often, at most 1000.

    Example:
        >>> from jaxcnn import Conv
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
        """A `SequentialModule` of as many modules."""
        links = zip(self.chains()[0], shapes_along(self.chains()[0], input_shape), strict=False)
        return SequentialModule([link.layer.build(shape, rngs=rngs) for link, shape in links])


class SequentialModule(nnx.Module):
    """Modules one after another; `train`, `key` and `where` reach those that need them.

    (`nnx.Sequential` passes a mode to nobody.) The mode is an argument of the call and nothing
    else: `nnx.Module.train` and `nnx.Module.eval` change nothing here. Index by position or by
    name: ``module[0]``, ``module["stem"]``; a slice is a SequentialModule of the same layers.

    Args:
        layers: the modules, first to last; of a mapping, the keys are names, which then stand in
            the paths of the weights.
    """

    def __init__(self, layers: Modules) -> None:
        self.names, self.layers = as_nnx_modules(layers)

    def __iter__(self) -> Iterator[nnx.Module]:
        return iter(in_order(self.names, self.layers))

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, key: int | str | slice) -> nnx.Module:
        layers = [*self]
        if isinstance(key, int):
            return layers[key]
        if isinstance(key, slice):
            kept = layers[key]
            return SequentialModule(
                dict(zip(self.names[key], kept, strict=True)) if self.names else kept
            )
        names = self.names or tuple(map(str, range(len(layers))))
        if key not in names:
            raise KeyError(f"there is no layer {key!r}; there are {', '.join(names)}")
        return layers[names.index(key)]

    def __call__(
        self,
        inputs: ArrayLike,
        *,
        train: bool = False,
        key: Array | None = None,
        where: Array | None = None,
    ) -> Array:
        """Apply the layers.

        Args:
            inputs: ``(N, *input_shape)``.
            train: train mode: batch statistics are those of this batch, and dropout drops.
            key: randomness for dropout; each layer gets its own key from it.
            where: ``(N,)``, False for examples that only fill up the batch: batch statistics
                leave them out; None: all count.

        Returns:
            ``(N, *output_shape)``.
        """
        outputs = jnp.asarray(inputs)
        for index, layer in enumerate(self):
            outputs = call(layer, outputs, train=train, key=fold_key(key, index), where=where)
        return outputs


def as_nnx_modules(modules: Modules) -> tuple[tuple[str, ...] | None, nnx.List | nnx.Dict]:
    """The names in order, if there are any (Flax sorts a Dict's keys), and the modules."""
    if isinstance(modules, Mapping):
        return tuple(modules), nnx.Dict(modules)
    return None, nnx.List(modules)


def in_order(names: tuple[str, ...] | None, modules: nnx.List | nnx.Dict) -> list[nnx.Module]:
    """The modules in the order of their names, if there are any."""
    if isinstance(modules, nnx.List):
        return [*modules]
    return [modules[name] for name in names or ()]


def fold_key(key: Array | None, index: int) -> Array | None:
    """The key of the part with that number."""
    return None if key is None else jax.random.fold_in(key, index)
