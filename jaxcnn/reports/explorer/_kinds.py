"""The kinds of arithmetic that layers are, with their windows and weights as plain data."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from jaxcnn import functional as F
from jaxcnn.architecture import VisitedLayer
from jaxcnn.layers import (
    Activation,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    DropBlock,
    Dropout,
    DropPath,
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
    Rescale,
    Residual,
    RMSNorm,
    SeparableConv,
    SpatialDropout,
    SqueezeExcite,
    WhiteningConv,
)
from jaxcnn.lowering import SlidingWindow

Described = tuple[str, dict[str, Any], dict[str, np.ndarray]]
"""A kind of arithmetic, what else it needs, and its weights."""

Weights = Mapping[str, np.ndarray]
"""The arrays of a layer, by their names in its module."""


def describe(visit: VisitedLayer, weights: Weights) -> Described:
    """Return the kind of arithmetic that a layer is, as `PageLayer` lists them.

    Args:
        visit: The layer at its place.
        weights: Its arrays.
    """
    is_image = len(visit.input_shape) in (1, 3) and len(visit.output_shape) in (1, 3)
    describe_kind = _KINDS.get(type(visit.layer), _other) if is_image else _other
    return describe_kind(visit, weights)


def _conv(visit: VisitedLayer, weights: Weights) -> Described:
    layer, kernel = visit.layer, weights["kernel"]
    *sizes, per_group, _ = kernel.shape
    window = F.conv_window(
        visit.input_shape[:-1],
        sizes,
        strides=getattr(layer, "strides", 1),
        padding="VALID" if isinstance(layer, WhiteningConv) else getattr(layer, "padding", "SAME"),
        kernel_dilation=getattr(layer, "kernel_dilation", 1),
    )
    wraps = getattr(layer, "padding", None) == "CIRCULAR"
    groups = visit.input_shape[-1] // per_group
    options = {"window": {**_window(window), "wraps": wraps}, "groups": groups}
    return "conv", options, {name: weights[name] for name in ("kernel", "bias") if name in weights}


def _conv_transpose(visit: VisitedLayer, weights: Weights) -> Described:
    """Return a convolution with stride 1 over the input spread out by the strides."""
    layer, kernel = visit.layer, weights["kernel"]
    assert isinstance(layer, ConvTranspose)
    window = F.conv_transpose_window(
        visit.input_shape[:-1],
        kernel.shape[:-2],
        strides=layer.strides,
        padding=layer.padding,
        output_padding=layer.output_padding,
    )
    wraps = layer.padding == "CIRCULAR"
    groups = visit.input_shape[-1] // kernel.shape[-2]
    return "conv", {"window": {**_window(window), "wraps": wraps}, "groups": groups}, dict(weights)


def _separable_conv(visit: VisitedLayer, weights: Weights) -> Described:
    """Return a convolution with the products of both steps' weights; no step is between them."""
    depthwise, pointwise = weights["depthwise.kernel"], weights["pointwise.kernel"]
    channels = visit.input_shape[-1]
    first = depthwise.reshape(*depthwise.shape[:2], channels, -1)  # (kh, kw, C, filters)
    second = pointwise.reshape(channels, first.shape[-1], -1)  # (C, filters, features)
    products = {"kernel": np.einsum("yxcm,cmf->yxcf", first, second)}
    if "pointwise.bias" in weights:
        products["bias"] = weights["pointwise.bias"]
    kind, options, used = _conv(visit, products)
    return kind, {**options, "products": True}, used


def _dense(visit: VisitedLayer, weights: Weights) -> Described:
    del visit
    ones = {"sizes": (1, 1), "strides": (1, 1), "starts": (0, 0), "dilation": (1, 1)}
    used = {"kernel": weights["kernel"].reshape(1, 1, *weights["kernel"].shape)}
    used |= {"bias": weights["bias"]} if "bias" in weights else {}
    return "conv", {"window": {**ones, "wraps": False}, "groups": 1}, used


def _window(window: SlidingWindow) -> dict[str, Any]:
    spread = {"spread": window.input_dilation} if set(window.input_dilation) != {1} else {}
    return {
        "sizes": window.sizes,
        "strides": window.strides,
        "starts": tuple(-low for low, _ in window.padding),
        "dilation": window.dilation,
        **spread,
    }


def _pool(visit: VisitedLayer, weights: Weights) -> Described:
    del weights
    window = visit.layer.sliding_window(visit.input_shape)
    assert window is not None  # a pooling has one
    bounds = [(0, size) for size in visit.input_shape[:-1]]
    if getattr(visit.layer, "count_include_pad", False):  # zeros of the padding count in the mean
        sides = zip(bounds, window.padding, strict=True)
        bounds = [(-low, size + high) for (_, size), (low, high) in sides]
    function = "max" if isinstance(visit.layer, MaxPool) else "mean"
    return "pool", {"window": _window(window), "function": function, "bounds": bounds}, {}


def _global_pool(visit: VisitedLayer, weights: Weights) -> Described:
    del weights
    sizes = visit.input_shape[:-1]
    window = {"sizes": sizes, "strides": (1, 1), "starts": (0, 0), "dilation": (1, 1)}
    function = "max" if isinstance(visit.layer, GlobalMaxPool) else "mean"
    bounds = [(0, size) for size in sizes]
    return "pool", {"window": window, "function": function, "bounds": bounds}, {}


def _adaptive_pool(visit: VisitedLayer, weights: Weights) -> Described:
    del weights
    axes = [*zip(visit.input_shape[:-1], visit.output_shape[:-1], strict=True)]
    cells = [[(i * n // m, -(-(i + 1) * n // m)) for i in range(m)] for n, m in axes]
    bounds = [(0, size) for size, _ in axes]
    return "pool", {"window": {"cells": cells}, "function": "mean", "bounds": bounds}, {}


def _norm(visit: VisitedLayer, weights: Weights) -> Described:
    layer = visit.layer
    assert isinstance(layer, GroupNorm | LayerNorm | RMSNorm)
    is_group = isinstance(layer, GroupNorm)
    options = {
        "epsilon": float(layer.epsilon),
        "groups": layer.num_groups if is_group else 1,
        "everywhere": is_group,
        "centered": not isinstance(layer, RMSNorm),
    }
    return "norm", options, dict(weights)


def _batch_norm(visit: VisitedLayer, weights: Weights) -> Described:
    assert isinstance(visit.layer, BatchNorm)
    return "batch_norm", {"epsilon": float(visit.layer.epsilon)}, dict(weights)


def _local_norm(visit: VisitedLayer, weights: Weights) -> Described:
    del weights
    layer = visit.layer
    assert isinstance(layer, LocalResponseNorm)
    numbers = {name: float(getattr(layer, name)) for name in ("alpha", "beta", "k")}
    return "local_norm", {"size": layer.size, **numbers}, {}


def _gate(visit: VisitedLayer, weights: Weights) -> Described:
    layer = visit.layer
    assert isinstance(layer, SqueezeExcite)
    used = {
        f"{name}{number}": weights[f"fc{number}.{name}"]
        for number in (1, 2)
        for name in ("kernel", "bias")
    }
    return "gate", {"activation": layer.activation, "gate": layer.gate}, used


def _rescale(visit: VisitedLayer, weights: Weights) -> Described:
    del weights
    assert isinstance(visit.layer, Rescale)
    factor = np.full(visit.input_shape[-1], visit.layer.factor, np.float32)
    return "scale", {}, {"scale": factor}


def _layer_scale(visit: VisitedLayer, weights: Weights) -> Described:
    del visit
    return "scale", {}, {"scale": weights["scale"]}


def _activation(visit: VisitedLayer, weights: Weights) -> Described:
    del weights
    assert isinstance(visit.layer, Activation)
    return "activation", {"function": visit.layer.function}, {}


def _copy(visit: VisitedLayer, weights: Weights) -> Described:
    del visit, weights
    return "copy", {}, {}


def _residual(visit: VisitedLayer, weights: Weights) -> Described:
    del visit, weights
    return "add", {"names": ["layers", "shortcut"]}, {}


def _parallel(visit: VisitedLayer, weights: Weights) -> Described:
    del weights
    assert isinstance(visit.layer, Parallel)
    names = [f"branch {placed.key}" for (placed,) in visit.layer.chains()]
    return "add" if visit.layer.combine == "sum" else "concat", {"names": names}, {}


def _other(visit: VisitedLayer, weights: Weights) -> Described:
    """Return the window alone, if it is known: the page shows what a unit sees."""
    del weights
    window = _window_of_other(visit)
    is_map = window is not None and len(window["sizes"]) == 2 and len(visit.output_shape) == 3
    return "other", {"window": window} if is_map else {}, {}


def _window_of_other(visit: VisitedLayer) -> dict[str, Any] | None:
    layer, shape = visit.layer, visit.input_shape
    window = layer.sliding_window(shape)
    if window is not None:
        return _window(window)
    if type(layer).receptive_field is Layer.receptive_field:
        return None  # the default, one pixel, says nothing about a layer without a window
    field = layer.receptive_field(shape)
    inner = getattr(layer, "layer", layer)  # of WeightNorm, the convolution
    return {
        "sizes": field.size,
        "strides": field.stride,
        "starts": tuple(-padding for padding in field.padding),
        "dilation": (1,) * len(field.size),
        "wraps": getattr(inner, "padding", None) == "CIRCULAR",
    }


_KINDS: dict[type[Layer], Callable[[VisitedLayer, Weights], Described]] = {
    Activation: _activation,
    AdaptiveAvgPool: _adaptive_pool,
    AvgPool: _pool,
    BatchNorm: _batch_norm,
    Conv: _conv,
    ConvTranspose: _conv_transpose,
    Dense: _dense,
    DepthwiseConv: _conv,
    DropBlock: _copy,
    DropPath: _copy,
    Dropout: _copy,
    Flatten: _copy,
    GlobalAvgPool: _global_pool,
    GlobalMaxPool: _global_pool,
    GroupNorm: _norm,
    LayerNorm: _norm,
    LayerScale: _layer_scale,
    LocalResponseNorm: _local_norm,
    MaxPool: _pool,
    Parallel: _parallel,
    RMSNorm: _norm,
    Rescale: _rescale,
    Residual: _residual,
    SeparableConv: _separable_conv,
    SpatialDropout: _copy,
    SqueezeExcite: _gate,
    WhiteningConv: _conv,
}
