"""The steps that each layer becomes; containers."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from jaxcnn.export.code import _convolutions, _poolings
from jaxcnn.export.code._program import Place, Value
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

Add = Callable[[Any, Value, Place], Value]
"""A function that adds a layer's steps: layer, input and place to the output."""


def add_layer(layer: Layer, value: Value, place: Place) -> Value:
    """Add the steps of a layer, and of all layers in it.

    Args:
        layer: The layer.
        value: Its input.
        place: Its place.

    Returns:
        Its output.
    """
    return _ADD[type(layer)](layer, value, place)


def _chain(chain: Sequence[PlacedLayer], value: Value, place: Place) -> Value:
    for placed in chain:
        value = add_layer(placed.layer, value, place.inside(placed.path))
    return value


def _sequential(layer: Sequential | Repeat, value: Value, place: Place) -> Value:
    (chain,) = layer.chains()
    return _chain(chain, value, place)


def _residual(layer: Residual, value: Value, place: Place) -> Value:
    layers, shortcut = layer.chains()
    found = _chain(layers, value, place)
    return place.add("add", found, _chain(shortcut, value, place))


def _parallel(layer: Parallel, value: Value, place: Place) -> Value:
    ends = [_chain(chain, value, place) for chain in layer.chains()]
    if layer.combine == "sum":
        return reduce(lambda one, other: place.add("add", one, other), ends)
    return place.add("concat", *ends, shape=layer.join([end.shape for end in ends]))


def _unchanged(layer: Layer, value: Value, place: Place) -> Value:
    """Add nothing: dropout and its like pass values on in eval mode."""
    del layer, place
    return value


def _activation(layer: Activation, value: Value, place: Place) -> Value:
    return place.add(layer.function, value)


def _flatten(layer: Flatten, value: Value, place: Place) -> Value:
    shape = layer.output_shape(value.shape)
    return value if shape == value.shape else place.add("flatten", value, shape=shape)


def _rescale(layer: Rescale, value: Value, place: Place) -> Value:
    return place.add("rescale", value, factor=float(layer.factor))


def _layer_scale(layer: LayerScale, value: Value, place: Place) -> Value:
    del layer
    return place.add("scale", value, weights=place.find("scale"))


def _channel_split(layer: ChannelSplit, value: Value, place: Place) -> Value:
    shape = layer.output_shape(value.shape)
    return place.add("channels", value, shape=shape, start=layer.index * shape[-1])


def _channel_shuffle(layer: ChannelShuffle, value: Value, place: Place) -> Value:
    return place.add("channel_shuffle", value, groups=layer.groups)


def _squeeze_excite(layer: SqueezeExcite, value: Value, place: Place) -> Value:
    found = place.add("global_avg_pool", value, shape=value.shape[-1:])
    for name, function in (("fc1", layer.activation), ("fc2", layer.gate)):
        inner = place.inside(name)
        weights = inner.find("kernel", "bias")
        shape = weights["kernel"].shape[1:]
        found = inner.add(function, inner.add("dense", found, shape=shape, weights=weights))
    return place.add("multiply", value, found)


def _batch_norm(layer: BatchNorm, value: Value, place: Place) -> Value:
    """Add a `BatchNorm` with its running statistics."""
    found = place.find("scale", "bias")
    deviations = np.sqrt(place.weight("var").astype(np.float64) + layer.epsilon)
    weights = {"mean": place.weight("mean"), "scale": found.get("scale", 1) / deviations}
    weights |= {name: array for name, array in found.items() if name == "bias"}
    return place.add("normalize", value, weights=weights)


def _group_norm(layer: GroupNorm, value: Value, place: Place) -> Value:
    options = {"groups": layer.num_groups, "epsilon": float(layer.epsilon)}
    return place.add("group_norm", value, weights=place.find("scale", "bias"), **options)


def _layer_norm(layer: LayerNorm, value: Value, place: Place) -> Value:
    weights = {"scale": np.ones(value.shape[-1])} | place.find("scale", "bias")
    return place.add("layer_norm", value, weights=weights, epsilon=float(layer.epsilon))


def _rms_norm(layer: RMSNorm, value: Value, place: Place) -> Value:
    epsilon = float(layer.epsilon)
    return place.add("rms_norm", value, weights=place.find("scale"), epsilon=epsilon)


def _local_response_norm(layer: LocalResponseNorm, value: Value, place: Place) -> Value:
    alpha, beta, k = map(float, (layer.alpha, layer.beta, layer.k))
    return place.add("local_response_norm", value, size=layer.size, alpha=alpha, beta=beta, k=k)


_ADD: dict[type[Layer], Add] = {
    Activation: _activation,
    AdaptiveAvgPool: _poolings.adaptive_avg_pool,
    AvgPool: _poolings.avg_pool,
    BatchNorm: _batch_norm,
    ChannelShuffle: _channel_shuffle,
    ChannelSplit: _channel_split,
    Conv: _convolutions.conv,
    ConvTranspose: _convolutions.conv_transpose,
    Dense: _convolutions.dense,
    DepthwiseConv: _convolutions.depthwise,
    DropBlock: _unchanged,
    DropPath: _unchanged,
    Dropout: _unchanged,
    Embedding: _convolutions.embedding,
    Flatten: _flatten,
    GlobalAvgPool: _poolings.global_avg_pool,
    GlobalMaxPool: _poolings.global_max_pool,
    GroupNorm: _group_norm,
    LayerNorm: _layer_norm,
    LayerScale: _layer_scale,
    LocalResponseNorm: _local_response_norm,
    MaxPool: _poolings.max_pool,
    Parallel: _parallel,
    RMSNorm: _rms_norm,
    Repeat: _sequential,
    Rescale: _rescale,
    Residual: _residual,
    SeparableConv: _convolutions.separable,
    Sequential: _sequential,
    SpatialDropout: _unchanged,
    SpectralNorm: _convolutions.spectral_norm,
    SqueezeExcite: _squeeze_excite,
    WeightNorm: _convolutions.weight_norm,
    WhiteningConv: _convolutions.whitening,
}
