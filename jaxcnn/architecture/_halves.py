"""A network's two halves, the one that finds features and the one that makes scores of them."""

import dataclasses
from collections.abc import Sequence
from typing import Any, overload

from flax import nnx

from jaxcnn._support.arguments import check_int
from jaxcnn.layers import (
    AdaptiveAvgPool,
    AdaptiveAvgPoolModule,
    Container,
    Conv,
    Dense,
    Flatten,
    FlattenModule,
    GlobalAvgPool,
    GlobalMaxPool,
    GlobalPoolModule,
    Layer,
    LocalResponseNorm,
    Repeat,
    Rescale,
    Sequential,
    SequentialModule,
    ShapeLayer,
    check_layer,
)

_HEAD_STARTS = (
    (
        *(AdaptiveAvgPool, Flatten, GlobalAvgPool, GlobalMaxPool),
        *(AdaptiveAvgPoolModule, FlattenModule, GlobalPoolModule),
    ),
    (Dense, nnx.Linear),
)
"""Where the head begins: at the first layer of the first kinds that the network has."""


@overload
def backbone(network: Layer) -> Sequential: ...
@overload
def backbone(network: nnx.Module) -> SequentialModule: ...
def backbone(network: Layer | nnx.Module) -> Layer | nnx.Module:
    """The first half of a CNN: all layers before the first flattening, global or adaptive pooling.

    Where there is none, all before the first dense layer. Only layers in sequence are looked
    at, not those within a `Residual` or a `Parallel`.

    Args:
        network: A `Sequential` as data, or the module that was built from one.

    Returns:
        The half as data; or as a module, which has the network's own weights, not copies.

    Raises:
        TypeError: If `network` is neither.
        ValueError: If no layer begins a second half.

    Example:
        >>> from jaxcnn import MaxPool
        >>> net = Sequential([Conv(8, 3), MaxPool(2), Flatten(), Dense(10)])
        >>> backbone(net).output_shape((32, 32, 3))
        (16, 16, 8)
        >>> head(net)
        Sequential(layers=(Flatten(), Dense(features=10)))
    """
    return _halves(network)[0]


@overload
def head(network: Layer) -> Sequential: ...
@overload
def head(network: nnx.Module) -> SequentialModule: ...
def head(network: Layer | nnx.Module) -> Layer | nnx.Module:
    """The second half of a CNN: what makes scores of the features; see `backbone`."""
    return _halves(network)[1]


def with_classes(architecture: Layer, num_classes: int) -> Layer:
    """The same network with another number of outputs.

    Args:
        architecture: A network that ends in a dense layer or a convolution, behind which only
            layers without weights come.
        num_classes: How many outputs that layer is to have.

    Raises:
        ValueError: If there is no such layer.

    Example:
        >>> with_classes(Sequential([Flatten(), Dense(1000)]), 5).output_shape((8, 8, 3))
        (5,)
    """
    check_layer(architecture)
    check_int("num_classes", num_classes)
    changed = _with_classes(architecture, num_classes)
    if changed is None:
        raise ValueError("architecture must end in a Dense layer or a Conv, to be given classes")
    return changed


def _with_classes(layer: Layer, num_classes: int) -> Layer | None:
    """`layer` with the last layer that has weights changed; None if that one cannot be."""
    if isinstance(layer, Dense | Conv):
        return dataclasses.replace(layer, features=num_classes)
    if not isinstance(layer, Sequential):
        return None
    for index, inner in reversed([*enumerate(layer.layers)]):
        if (changed := _with_classes(inner, num_classes)) is not None:
            layers = (*layer.layers[:index], changed, *layer.layers[index + 1 :])
            return dataclasses.replace(layer, layers=layers)
        if _has_weights(inner):
            return None
    return None


def _has_weights(layer: Layer) -> bool:
    if isinstance(layer, Container):
        return any(_has_weights(link.layer) for chain in layer.chains() for link in chain)
    # The last two multiply, by numbers that are not trained.
    return not isinstance(layer, ShapeLayer | Rescale | LocalResponseNorm)


def _halves(network: Any) -> tuple[Any, Any]:
    # A Residual's module is a Sequential, too, but one that cannot be cut.
    if type(network) not in (Sequential, SequentialModule):
        raise TypeError(
            "network must be a Sequential, as data or built (that of a run is run.network.module), "
            f"got {type(network).__name__}"
        )
    for kinds in _HEAD_STARTS:
        if (found := _cut(network, kinds)) is not None:
            return found
    raise ValueError("network has no flattening, global pooling or dense layer to be cut at")


def _cut(network: Any, kinds: tuple[type, ...]) -> tuple[Any, Any] | None:
    """What comes before the first layer of `kinds`, and the rest; nested sequences are cut, too."""
    layers = [*network] if isinstance(network, SequentialModule) else network.layers
    for index, layer in enumerate(layers):
        if isinstance(layer, kinds):
            return _first(network, layers[:index]), _last(network, layers[index:])
        layer = _unrolled(layer)
        inner = _cut(layer, kinds) if type(layer) is type(network) else None
        if inner is not None:
            before, after = inner
            return (
                _first(network, (*layers[:index], before)),
                _last(network, (after, *layers[index + 1 :])),
            )
    return None


def _unrolled(layer: Any) -> Any:
    """A `Repeat` as the `Sequential` that it stands for; its module is that of one already."""
    if not isinstance(layer, Repeat):
        return layer
    unnamed = dataclasses.replace(layer.layer, name=None)
    return Sequential([unnamed] * layer.times, name=layer.name)


def _first(network: Any, layers: Sequence[Any]) -> Any:
    return _with_layers(network, layers, slice(len(layers)))


def _last(network: Any, layers: Sequence[Any]) -> Any:
    return _with_layers(network, layers, slice(-len(layers), None))


def _with_layers(network: Any, layers: Sequence[Any], names: slice) -> Any:
    if isinstance(network, Layer):
        return dataclasses.replace(network, layers=layers)
    if network.names is None:
        return SequentialModule(layers)
    return SequentialModule(dict(zip(network.names[names], layers, strict=True)))
