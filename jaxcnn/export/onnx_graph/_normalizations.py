"""Normalization layers as nodes of ONNX."""

import math

import numpy as np

from jaxcnn.export.onnx_graph._graph import Scope, Value
from jaxcnn.layers import BatchNorm, GroupNorm, LayerNorm, LocalResponseNorm, RMSNorm


def _scale(scope: Scope, channels: int) -> np.ndarray:
    return scope.weight("scale") if scope.has("scale") else np.ones(channels, np.float32)


def _bias(scope: Scope, channels: int) -> np.ndarray:
    return scope.weight("bias") if scope.has("bias") else np.zeros(channels, np.float32)


def batch_norm(layer: BatchNorm, value: Value, scope: Scope) -> Value:
    """Add a `BatchNorm` with its running statistics."""
    channels = value.shape[-1]
    arrays = {
        "scale": _scale(scope, channels),
        "bias": _bias(scope, channels),
        "mean": scope.weight("mean"),
        "var": scope.weight("var"),
    }
    value = scope.first(value)
    names = [scope.constant(name, array) for name, array in arrays.items()]
    found = scope.node("BatchNormalization", value.name, *names, epsilon=float(layer.epsilon))
    return Value(found, value.shape, value.channels_last)


def group_norm(layer: GroupNorm, value: Value, scope: Scope) -> Value:
    """Add a `GroupNorm`: each group as one long channel that is normalized per example."""
    value, groups = scope.first(value), layer.num_groups
    *spatial, channels = value.shape
    rows = scope.reshape(value.name, groups, math.prod(value.shape) // groups)
    ones = scope.constant("ones", np.ones(groups, np.float32))
    zeros = scope.constant("zeros", np.zeros(groups, np.float32))
    rows = scope.node("InstanceNormalization", rows, ones, zeros, epsilon=float(layer.epsilon))
    name = scope.reshape(rows, channels, *spatial)
    scale = scope.constant("scale", value.per_channel(scope.weight("scale")))
    bias = scope.constant("bias", value.per_channel(scope.weight("bias")))
    name = scope.node("Add", scope.node("Mul", name, scale), bias)
    return Value(name, value.shape, value.channels_last)


def layer_norm(layer: LayerNorm, value: Value, scope: Scope) -> Value:
    """Add a `LayerNorm` over the channels, which come last for it."""
    value, channels = scope.last(value), value.shape[-1]
    names = [scope.constant("scale", _scale(scope, channels))]
    names += [scope.constant("bias", scope.weight("bias"))] if layer.use_bias else []
    epsilon = float(layer.epsilon)
    found = scope.node("LayerNormalization", value.name, *names, axis=-1, epsilon=epsilon)
    return Value(found, value.shape)


def rms_norm(layer: RMSNorm, value: Value, scope: Scope) -> Value:
    """Add an `RMSNorm` in simple operations: ONNX has it only from opset 23 on."""
    squares = scope.node("Mul", value.name, value.name)
    axis = scope.integers("axes", value.channel_axis)
    means = scope.node("ReduceMean", squares, axis, keepdims=1)
    means = scope.node("Add", means, scope.number("epsilon", layer.epsilon))
    name = scope.node("Div", value.name, scope.node("Sqrt", means))
    if layer.use_scale:
        scale = value.per_channel(scope.weight("scale"))
        name = scope.node("Mul", name, scope.constant("scale", scale))
    return Value(name, value.shape, value.channels_last)


def local_response_norm(layer: LocalResponseNorm, value: Value, scope: Scope) -> Value:
    """Add a `LocalResponseNorm`: ONNX's `LRN`, or its formula where runtimes lack that."""
    value = scope.first(value)
    alpha, beta, k, size = map(float, (layer.alpha, layer.beta, layer.k, layer.size))
    if value.rank == 3 and layer.size % 2:
        found = scope.node("LRN", value.name, alpha=alpha, beta=beta, bias=k, size=layer.size)
        return Value(found, value.shape, value.channels_last)
    *spatial, channels = value.shape
    # Means over neighboring channels, as windows along the first axis of an image.
    squares = scope.node("Mul", value.name, value.name)
    rows = scope.reshape(squares, 1, channels, math.prod(spatial))
    means = scope.node(
        "AveragePool",
        rows,
        kernel_shape=[int(size), 1],
        pads=[layer.size // 2, 0, (layer.size - 1) // 2, 0],
        count_include_pad=1,
    )
    means = scope.reshape(means, channels, *spatial)
    sums = scope.node("Mul", means, scope.number("alpha", alpha))
    sums = scope.node("Add", sums, scope.number("k", k))
    powers = scope.node("Pow", sums, scope.number("beta", beta))
    return Value(scope.node("Div", value.name, powers), value.shape, value.channels_last)
