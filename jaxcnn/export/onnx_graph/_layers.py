"""The nodes of ONNX that each layer becomes; containers."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from jaxcnn.export.onnx_graph import _activations, _convolutions, _normalizations, _poolings
from jaxcnn.export.onnx_graph._graph import Scope, Value
from jaxcnn.layers import (
    Activation,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    ChannelShuffle,
    ChannelSplit,
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    DropBlock,
    Dropout,
    DropPath,
    Embedding,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    Layer,
    LayerNorm,
    LayerScale,
    LocalResponseNorm,
    MaxPool,
    Parallel,
    PlacedLayer,
    Repeat,
    Rescale,
    Residual,
    RMSNorm,
    SeparableConv,
    Sequential,
    SpatialDropout,
    SpectralNorm,
    SqueezeExcite,
    WeightNorm,
    WhiteningConv,
)

Add = Callable[[Any, Value, Scope], Value]
"""A function that adds a layer to the graph: layer, input and place to the output."""


def add_layer(layer: Layer, value: Value, scope: Scope) -> Value:
    """Add a layer, and all layers in it, to the graph.

    Args:
        layer: The layer.
        value: Its input.
        scope: Its place.

    Returns:
        Its output.
    """
    return _ADD[type(layer)](layer, value, scope)


def _chain(chain: Sequence[PlacedLayer], value: Value, scope: Scope) -> Value:
    for placed in chain:
        value = add_layer(placed.layer, value, scope.inside(placed.path))
    return value


def _sequential(layer: Sequential | Repeat, value: Value, scope: Scope) -> Value:
    (chain,) = layer.chains()
    return _chain(chain, value, scope)


def _residual(layer: Residual, value: Value, scope: Scope) -> Value:
    layers, shortcut = layer.chains()
    ends = [_chain(shortcut, value, scope), _chain(layers, value, scope)]
    return _sum(_of_one_layout(ends, scope), scope)


def _parallel(layer: Parallel, value: Value, scope: Scope) -> Value:
    ends = _of_one_layout([_chain(chain, value, scope) for chain in layer.chains()], scope)
    if layer.combine == "sum":
        return _sum(ends, scope)
    shape = layer.join([end.shape for end in ends])
    name = scope.node("Concat", *[end.name for end in ends], axis=ends[0].channel_axis)
    return Value(name, shape, ends[0].channels_last)


def _sum(values: list[Value], scope: Scope) -> Value:
    name = reduce(lambda one, other: scope.node("Add", one, other), [each.name for each in values])
    return Value(name, values[0].shape, values[0].channels_last)


def _of_one_layout(values: list[Value], scope: Scope) -> list[Value]:
    """Return values with the channels last if all are so already, else first."""
    all_last = all(value.channels_last for value in values)
    return [scope.last(value) if all_last else scope.first(value) for value in values]


_ADD: dict[type[Layer], Add] = {
    Activation: _activations.activation,
    AdaptiveAvgPool: _poolings.adaptive_avg_pool,
    AvgPool: _poolings.avg_pool,
    BatchNorm: _normalizations.batch_norm,
    ChannelShuffle: _activations.channel_shuffle,
    ChannelSplit: _activations.channel_split,
    Conv: _convolutions.conv,
    ConvTranspose: _convolutions.conv_transpose,
    Dense: _convolutions.dense,
    DepthwiseConv: _convolutions.depthwise,
    DropBlock: _activations.unchanged,
    DropPath: _activations.unchanged,
    Dropout: _activations.unchanged,
    Embedding: _convolutions.embedding,
    Flatten: _activations.flatten,
    GlobalAvgPool: _poolings.global_avg_pool,
    GlobalMaxPool: _poolings.global_max_pool,
    GroupNorm: _normalizations.group_norm,
    LayerNorm: _normalizations.layer_norm,
    LayerScale: _activations.layer_scale,
    LocalResponseNorm: _normalizations.local_response_norm,
    MaxPool: _poolings.max_pool,
    Parallel: _parallel,
    RMSNorm: _normalizations.rms_norm,
    Repeat: _sequential,
    Rescale: _activations.rescale,
    Residual: _residual,
    SeparableConv: _convolutions.separable,
    Sequential: _sequential,
    SpatialDropout: _activations.unchanged,
    SpectralNorm: _convolutions.spectral_norm,
    SqueezeExcite: _activations.squeeze_excite,
    WeightNorm: _convolutions.weight_norm,
    WhiteningConv: _convolutions.whitening,
}
