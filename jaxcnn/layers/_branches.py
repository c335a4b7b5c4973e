"""Layers that are applied to the same input: with a shortcut, added up, or concatenated."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_choice
from jaxcnn._support.arrays import as_operand
from jaxcnn.layers._call import call, takes
from jaxcnn.layers._container import (
    Container,
    LayerChain,
    as_layers,
    chain_of,
    list_or_dict,
    set_fields,
)
from jaxcnn.layers._layer import Layer
from jaxcnn.layers._receptive_field import Shape
from jaxcnn.layers._sequential import Modules, SequentialModule, as_nnx_modules, fold_key, in_order

COMBINATIONS = ("sum", "concat")


@dataclasses.dataclass(frozen=True)
class Residual(Container):
    """Layers in sequence whose input is added to their output: ``layers(x) + shortcut(x)``.

    Args:
        layers: The layers, first to last.
        shortcut: Layers that are applied to the input before the addition. For example, a strided
            1×1 convolution gives the input the shape of the output. If `shortcut` is empty, the
            input is added unchanged.
        name: The name of this layer in its container, in place of its index.

    Example:
        >>> from jaxcnn import Conv
        >>> Residual([Conv(64, 3, 2)], shortcut=[Conv(64, 1, 2)]).output_shape((8, 8, 32))
        (4, 4, 64)

    Source: He et al. 2016, *Deep Residual Learning for Image Recognition*.
    """

    layers: tuple[Layer, ...]
    shortcut: tuple[Layer, ...] = ()

    def __init__(
        self, layers: Iterable[Layer], shortcut: Iterable[Layer] = (), *, name: str | None = None
    ) -> None:
        shortcut = as_layers("shortcut", shortcut)
        set_fields(self, name=name, layers=as_layers("layers", layers), shortcut=shortcut)

    def chains(self) -> Sequence[LayerChain]:
        """Return two chains: the layers, and the shortcut."""
        return chain_of("layers", self.layers), chain_of(
            "shortcut", self.shortcut, "shortcut.layers"
        )

    def join(self, shapes: Sequence[Shape]) -> Shape:
        """Return the output shape of both chains; the two shapes must be equal."""
        made, added = shapes
        if made == added:
            return made
        if self.shortcut:
            raise ValueError(f"shortcut: expected the layers' output shape {made}, got {added}")
        raise ValueError(
            f"layers: expected an output of the input's shape {added}, got {made} (or a "
            f"shortcut=[...] that gives the input the shape {made}, too)"
        )

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `ResidualModule` of the layers' modules."""
        self.output_shape(input_shape)
        layers, shortcut = (self._modules(chain, input_shape, rngs) for chain in self.chains())
        return ResidualModule(layers, shortcut)


class ResidualModule(SequentialModule):
    """Modules in sequence whose input is added to their output.

    Args:
        layers: The modules, first to last; the keys of a mapping are their names.
        shortcut: Modules that are applied to the input before the addition. If `shortcut` is empty,
            the input is added unchanged.
    """

    def __init__(self, layers: Modules, shortcut: Modules = ()) -> None:
        super().__init__(layers)
        self.shortcut = SequentialModule(shortcut) if shortcut else None

    def __call__(
        self,
        inputs: ArrayLike,
        *,
        train: bool = False,
        key: Array | None = None,
        where: Array | None = None,
    ) -> Array:
        """Apply the layers and add the input.

        Args:
            inputs: ``(N, *input_shape)``.
            train: True for train mode, False for eval mode.
            key: Random key for dropout; each layer gets its own key from it.
            where: ``(N,)``, False for padded examples, which batch statistics leave out. None
                includes all examples.

        Returns:
            ``(N, *output_shape)``.
        """
        outputs = super().__call__(inputs, train=train, key=key, where=where)
        if self.shortcut is None:
            return as_operand("inputs", inputs) + outputs
        key = fold_key(key, len(self))
        return self.shortcut(inputs, train=train, key=key, where=where) + outputs


@dataclasses.dataclass(frozen=True)
class Parallel(Container):
    """Layers that are applied to the same input, with their outputs added up or concatenated.

    Args:
        branches: The layers, at least one. ``Sequential([])`` makes a branch that passes the input
            on unchanged.
        combine: ``"sum"`` adds the outputs, which must have the same shape. ``"concat"``
            concatenates their channels, in order.
        name: The name of this layer in its container, in place of its index.

    Example:
        >>> from jaxcnn import Conv
        >>> Parallel([Conv(8, 1), Conv(24, 3)], "concat").output_shape((9, 9, 3))
        (9, 9, 32)

    Source: Szegedy et al. 2015, *Going Deeper with Convolutions*.
    """

    branches: tuple[Layer, ...]
    combine: str = "sum"

    def __init__(
        self, branches: Iterable[Layer], combine: str = "sum", *, name: str | None = None
    ) -> None:
        set_fields(self, name=name, branches=as_layers("branches", branches), combine=combine)
        if not self.branches:
            raise ValueError("branches: expected at least one layer, got none")
        check_choice("combine", combine, COMBINATIONS)

    def chains(self) -> Sequence[LayerChain]:
        """Return one chain of a single layer per branch."""
        return [(placed,) for placed in chain_of("branches", self.branches)]

    def join(self, shapes: Sequence[Shape]) -> Shape:
        """Return the output shape; ``"concat"`` adds up the channels of the branches."""
        channels = [shape[-1] for shape in shapes if shape]
        compared = shapes if self.combine == "sum" else [shape[:-1] for shape in shapes]
        if len(set(compared)) > 1 or len(channels) < len(shapes):
            what = "outputs of one shape" if self.combine == "sum" else "outputs of one size"
            raise ValueError(
                f"branches: expected {what} to {self.combine}, got {', '.join(map(str, shapes))}"
            )
        return shapes[0] if self.combine == "sum" else (*shapes[0][:-1], sum(channels))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `ParallelModule` of the branches' modules."""
        self.output_shape(input_shape)
        placed_layers = chain_of("branches", self.branches)
        modules = [placed.layer.build(input_shape, rngs=rngs) for placed in placed_layers]
        return ParallelModule(list_or_dict(placed_layers, modules), self.combine)


class ParallelModule(nnx.Module):
    """Modules that are applied to the same input, with their outputs added up or concatenated.

    Args:
        branches: The modules; the keys of a mapping are their names.
        combine: ``"sum"``, or ``"concat"`` along the channels.
    """

    def __init__(self, branches: Modules, combine: str = "sum") -> None:
        check_choice("combine", combine, COMBINATIONS)
        self.names, self.branches = as_nnx_modules(branches)
        self.combine = combine

    def __iter__(self) -> Iterator[nnx.Module]:
        return iter(in_order(self.names, self.branches))

    def __call__(
        self,
        inputs: ArrayLike,
        *,
        train: bool = False,
        key: Array | None = None,
        where: Array | None = None,
    ) -> Array:
        """Apply the branches and combine their outputs.

        Args:
            inputs: ``(N, *input_shape)``.
            train: True for train mode, False for eval mode.
            key: Random key for dropout; each branch gets its own key from it.
            where: ``(N,)``, False for padded examples, which batch statistics leave out. None
                includes all examples.

        Returns:
            ``(N, *output_shape)``.
        """
        inputs = as_operand("inputs", inputs)
        outputs = [
            call(branch, inputs, train=train, key=fold_key(key, index), where=where)
            for index, branch in enumerate(self)
        ]
        return reduce(jnp.add, outputs) if self.combine == "sum" else jnp.concat(outputs, axis=-1)


def takes_mask(module: nnx.Module) -> bool:
    """Return whether each batch norm in the module gets the mask `where` of `call`.

    Example:
        >>> norm = nnx.BatchNorm(3, rngs=nnx.Rngs(0))
        >>> takes_mask(SequentialModule([norm])), takes_mask(nnx.Sequential(norm))
        (True, False)
    """
    if isinstance(module, ResidualModule) and module.shortcut and not takes_mask(module.shortcut):
        return False
    if isinstance(module, SequentialModule | ParallelModule):
        return all(takes_mask(inner) for inner in module)
    if isinstance(module, nnx.BatchNorm) or takes(module, "where"):
        return True
    return not any(isinstance(node, nnx.BatchNorm) for _, node in nnx.iter_modules(module))
