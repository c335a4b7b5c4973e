"""Poolings as steps."""

from typing import Any

from jaxcnn.export._layer_math import padding_with_overhang, pooling_window
from jaxcnn.export.code._program import Place, Value
from jaxcnn.layers import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool


def max_pool(layer: MaxPool, value: Value, place: Place) -> Value:
    """Add a `MaxPool`; windows that reach beyond the padding see more of it."""
    window = pooling_window(layer, value.shape)
    pairs = padding_with_overhang(window)
    options: dict[str, Any] = {"window": window.sizes, "strides": window.strides}
    options |= {"padding": pairs} if any(map(any, pairs)) else {}
    return place.add("max_pool", value, shape=layer.output_shape(value.shape), **options)


def avg_pool(layer: AvgPool, value: Value, place: Place) -> Value:
    """Add an `AvgPool`."""
    window = pooling_window(layer, value.shape)
    options: dict[str, Any] = {"window": window.sizes, "strides": window.strides}
    if window.is_padded:
        options |= {"padding": window.padding}
        options |= {} if layer.count_include_pad else {"count_padding": False}
    options |= {"overhang": window.overhang} if any(window.overhang) else {}
    return place.add("avg_pool", value, shape=layer.output_shape(value.shape), **options)


def global_avg_pool(layer: GlobalAvgPool, value: Value, place: Place) -> Value:
    """Add a `GlobalAvgPool`."""
    return place.add("global_avg_pool", value, shape=layer.output_shape(value.shape))


def global_max_pool(layer: GlobalMaxPool, value: Value, place: Place) -> Value:
    """Add a `GlobalMaxPool`."""
    return place.add("global_max_pool", value, shape=layer.output_shape(value.shape))


def adaptive_avg_pool(layer: AdaptiveAvgPool, value: Value, place: Place) -> Value:
    """Add an `AdaptiveAvgPool`."""
    shape = layer.output_shape(value.shape)
    return place.add("adaptive_avg_pool", value, shape=shape, sizes=shape[:-1])
