"""Split a network into backbone and head, and change its number of classes."""

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
"""The head begins at the first layer of the first group of kinds that occurs in the network."""


@overload
def backbone(network: Layer) -> Sequential: ...
@overload
def backbone(network: nnx.Module) -> SequentialModule: ...
def backbone(network: Layer | nnx.Module) -> Layer | nnx.Module:
    """Return the backbone of a CNN: the layers that compute its feature maps.

    Use it to extract features, or to put another head on a trained network. The backbone ends
    before the first flattening, global pooling or adaptive pooling. If the network has no such
    layer, the backbone ends before the first dense layer. Layers within a `Residual` or a
    `Parallel` are not searched. The other layers are the `head`.

    Args:
        network: A `Sequential` as data, or the module that was built from one.

    Returns:
        The backbone as data if `network` is data. If `network` is a module, a module that shares
        the weights of `network`.

    Raises:
        TypeError: If `network` is not a `Sequential` or a module built from one.
        ValueError: If there is no layer at which a head could begin.

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
    """Return the head of a CNN: the layers that compute class scores from the feature maps.

    The head begins at the first flattening, global pooling or adaptive pooling. If the network has
    no such layer, the head begins at the first dense layer. Layers within a `Residual` or a
    `Parallel` are not searched. The layers before the head are the `backbone`.

    Args:
        network: A `Sequential` as data, or the module that was built from one.

    Returns:
        The head as data if `network` is data. If `network` is a module, a module that shares the
        weights of `network`.

    Raises:
        TypeError: If `network` is not a `Sequential` or a module built from one.
        ValueError: If there is no layer at which a head could begin.
    """
    return _halves(network)[1]


def with_classes(architecture: Layer, num_classes: int) -> Layer:
    """Return the same architecture with another number of classes.

    Args:
        architecture: A network whose last layer with weights is a dense layer or a convolution.
        num_classes: The new number of outputs of the last layer with weights.

    Returns:
        A copy of the architecture; `architecture` itself is not changed.

    Raises:
        TypeError: If `architecture` is not a layer.
        ValueError: If the last layer with weights is not a `Dense` or a `Conv`.

    Example:
        >>> with_classes(Sequential([Flatten(), Dense(1000)]), 5).output_shape((8, 8, 3))
        (5,)
    """
    check_layer(architecture)
    check_int("num_classes", num_classes)
    changed = _with_classes(architecture, num_classes)
    if changed is None:
        raise ValueError(
            "architecture: expected a Dense layer or a Conv as the last layer with weights, got "
            "another or none"
        )
    return changed


def _with_classes(layer: Layer, num_classes: int) -> Layer | None:
    """Return `layer` with its last weighted layer changed; None if that layer cannot be changed."""
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
    # Rescale and LocalResponseNorm multiply by numbers that are not trained.
    return not isinstance(layer, ShapeLayer | Rescale | LocalResponseNorm)


def _halves(network: Any) -> tuple[Any, Any]:
    # The module of a Residual is a SequentialModule too, but it cannot be cut.
    if type(network) not in (Sequential, SequentialModule):
        raise TypeError(
            "network: expected a Sequential, as data or built, got "
            f"{type(network).__name__} (that of a run is run.network.module)"
        )
    for kinds in _HEAD_STARTS:
        if (found := _cut(network, kinds)) is not None:
            return found
    raise ValueError(
        "network: expected a flattening, global pooling or dense layer to cut at, got none"
    )


def _cut(network: Any, kinds: tuple[type, ...]) -> tuple[Any, Any] | None:
    """Cut a sequence before its first layer of `kinds`, within nested sequences too."""
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
    """Expand a `Repeat` to a `Sequential`, which its module already is; return others unchanged."""
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
