"""Poolings as steps."""

from typing import Any

from jaxcnn import functional as F
from jaxcnn.export.code._program import Place, Value
from jaxcnn.layers import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from jaxcnn.lowering import SlidingWindow


def max_pool(layer: MaxPool, value: Value, place: Place) -> Value:
    """Add a `MaxPool`; windows that reach beyond the padding see more of it."""
    window = _window(layer, value)
    rows = zip(window.padding, window.overhang, strict=True)
    pairs = tuple((low, high + beyond) for (low, high), beyond in rows)
    options: dict[str, Any] = {"window": window.sizes, "strides": window.strides}
    options |= {"padding": pairs} if any(map(any, pairs)) else {}
    return place.add("max_pool", value, shape=layer.output_shape(value.shape), **options)


def avg_pool(layer: AvgPool, value: Value, place: Place) -> Value:
    """Add an `AvgPool`."""
    window = _window(layer, value)
    options: dict[str, Any] = {"window": window.sizes, "strides": window.strides}
    if window.is_padded:
        options |= {"padding": window.padding}
        options |= {} if layer.count_include_pad else {"count_padding": False}
    options |= {"overhang": window.overhang} if any(window.overhang) else {}
    return place.add("avg_pool", value, shape=layer.output_shape(value.shape), **options)


def _window(layer: MaxPool | AvgPool, value: Value) -> SlidingWindow:
    spatial, sizes = value.shape[:-1], layer.window_shape
    return F.pool_window(
        spatial,
        (sizes,) * len(spatial) if isinstance(sizes, int) else sizes,
        strides=layer.strides,
        padding=layer.padding,
        ceil_mode=layer.ceil_mode,
    )


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
