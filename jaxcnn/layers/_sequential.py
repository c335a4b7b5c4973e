"""Layers one after another, once or several times."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import overload

import jax
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.arrays import as_operand
from jaxcnn.layers._call import call
from jaxcnn.layers._container import (
    Container,
    LayerChain,
    PlacedLayer,
    as_layers,
    chain_of,
    hint_for_list,
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
        layers: The layers, first to last, as any iterable. They are stored as a tuple.
        name: The name of this layer in its container, in place of its index.

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

    def chains(self) -> Sequence[LayerChain]:
        """Return one chain: the layers."""
        return (chain_of("layers", self.layers),)

    def join(self, shapes: Sequence[Shape]) -> Shape:
        """Return the output shape of the last layer."""
        return shapes[0]

    def __getitem__(self, key: int | str) -> Layer:
        """Return a layer by its index or its name."""
        if not isinstance(key, str):
            return self.layers[key]
        by_key = {placed.key: placed.layer for placed in self.chains()[0]}
        if key not in by_key:
            raise KeyError(f"layer: expected one of {', '.join(by_key)}, got {key!r}")
        return by_key[key]

    def layer_shapes(self, input_shape: Shape) -> list[Shape]:
        """Return the input shape of each layer, in order, and last the output shape."""
        return shapes_along(self.chains()[0], input_shape)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> "SequentialModule":
        """Build a `SequentialModule` of the layers' modules."""
        return SequentialModule(self._modules(self.chains()[0], input_shape, rngs))


@dataclasses.dataclass(frozen=True)
class Repeat(Container):
    """One layer several times in sequence, each time with separate weights.

    Args:
        layer: The layer, often a `Sequential` or a `Residual`.
        times: Number of repetitions, at most 1000.

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
            raise TypeError(
                f"layer: expected a Layer, got {self.layer!r}{hint_for_list(self.layer)}"
            )
        check_int("times", self.times)
        if self.times > MAX_TIMES:
            raise ValueError(f"times: expected at most {MAX_TIMES}, got {self.times}")

    def label(self, input_shape: Shape) -> str:
        """Return a label such as ``Repeat ×3``."""
        del input_shape
        return f"Repeat ×{self.times}"

    def chains(self) -> Sequence[LayerChain]:
        """Return one chain: the layer, repeated."""
        return (
            tuple(
                PlacedLayer(f"layers[{i}]", f"layers.{i}", self.layer) for i in range(self.times)
            ),
        )

    def join(self, shapes: Sequence[Shape]) -> Shape:
        """Return the output shape of the last repetition."""
        return shapes[0]

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `SequentialModule` with one module per repetition."""
        steps = zip(self.chains()[0], shapes_along(self.chains()[0], input_shape), strict=False)
        return SequentialModule([placed.layer.build(shape, rngs=rngs) for placed, shape in steps])


class SequentialModule(nnx.Module):
    """Modules one after another. `train`, `key` and `where` reach the modules that need them.

    Unlike `nnx.Sequential`, a SequentialModule passes the mode on to its layers. The mode is an
    argument of each call, so `nnx.Module.train` and `nnx.Module.eval` change nothing. Index by
    position or by name: ``module[0]``, ``module["stem"]``. A slice is a SequentialModule of the
    same layers.

    Args:
        layers: The modules, first to last. The keys of a mapping are the modules' names. These
            names are part of the paths of the weights.
    """

    def __init__(self, layers: Modules) -> None:
        self.names, self.layers = as_nnx_modules(layers)

    def __iter__(self) -> Iterator[nnx.Module]:
        return iter(in_order(self.names, self.layers))

    def __len__(self) -> int:
        return len(self.layers)

    @overload
    def __getitem__(self, key: int | str) -> nnx.Module: ...
    @overload
    def __getitem__(self, key: slice) -> "SequentialModule": ...
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
            raise KeyError(f"layer: expected one of {', '.join(names)}, got {key!r}")
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
            train: True for train mode, with the batch's statistics and dropout; False for eval
                mode.
            key: Random key for dropout; each layer gets its own key from it.
            where: ``(N,)``, False for padded examples, which batch statistics leave out. None
                includes all examples.

        Returns:
            ``(N, *output_shape)``.
        """
        outputs = as_operand("inputs", inputs)
        for index, layer in enumerate(self):
            outputs = call(layer, outputs, train=train, key=fold_key(key, index), where=where)
        return outputs


def as_nnx_modules(modules: Modules) -> tuple[tuple[str, ...] | None, nnx.List | nnx.Dict]:
    """Return the names in order, if there are any (Flax sorts a Dict's keys), and the modules."""
    if isinstance(modules, Mapping):
        return tuple(modules), nnx.Dict(modules)
    return None, nnx.List(modules)


def in_order(names: tuple[str, ...] | None, modules: nnx.List | nnx.Dict) -> list[nnx.Module]:
    """Return the modules in the order of their names, if there are any."""
    if isinstance(modules, nnx.List):
        return [*modules]
    return [modules[name] for name in names or ()]


def fold_key(key: Array | None, index: int) -> Array | None:
    """Return the random key of the layer with that index."""
    return None if key is None else jax.random.fold_in(key, index)
