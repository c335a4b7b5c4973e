"""Activations, and layers that select or scale values, as nodes of ONNX."""

import math
from collections.abc import Callable

import numpy as np

from jaxcnn.export.onnx_graph._graph import Scope, Value
from jaxcnn.layers import (
    Activation,
    ChannelShuffle,
    ChannelSplit,
    Flatten,
    LayerScale,
    Rescale,
    SqueezeExcite,
)


def activation(layer: Activation, value: Value, scope: Scope) -> Value:
    """Add an `Activation`."""
    name = activate(layer.function, value, scope)
    return Value(name, value.shape, value.channels_last)


def activate(function: str, value: Value, scope: Scope) -> str:
    """Add an activation by its name in `jaxcnn.functional`, and return the output's name."""
    if function in _OVER_CHANNELS:
        return scope.node(_OVER_CHANNELS[function], value.name, axis=value.channel_axis)
    if function in _OF_ONE_NODE:
        op, attributes = _OF_ONE_NODE[function]
        return scope.node(op, value.name, **attributes)
    return _OF_SEVERAL_NODES[function](value.name, scope)


_OVER_CHANNELS = {"softmax": "Softmax", "log_softmax": "LogSoftmax"}

_OF_ONE_NODE: dict[str, tuple[str, dict[str, float]]] = {
    "elu": ("Elu", {"alpha": 1.0}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "hard_silu": ("HardSwish", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.01}),
    "mish": ("Mish", {}),
    "relu": ("Relu", {}),
    "selu": ("Selu", {"alpha": 1.6732632423543772, "gamma": 1.0507009873554805}),
    "sigmoid": ("Sigmoid", {}),
    "softplus": ("Softplus", {}),
    "tanh": ("Tanh", {}),
}


def _clip(low: float, high: float) -> Callable[[str, Scope], str]:
    def add(name: str, scope: Scope) -> str:
        return scope.node("Clip", name, scope.number("low", low), scope.number("high", high))

    return add


def _heaviside(name: str, scope: Scope) -> str:
    return scope.node("Relu", scope.node("Sign", name))


def _silu(name: str, scope: Scope) -> str:
    return scope.node("Mul", name, scope.node("Sigmoid", name))


# Not ONNX's Gelu, which is of opset 20: runtimes recognize these nodes, which PyTorch writes, too.
def _exact_gelu(name: str, scope: Scope) -> str:
    ratio = scope.node("Div", name, scope.number("root", math.sqrt(2)))
    twice = scope.node("Add", scope.node("Erf", ratio), scope.number("one", 1))
    return scope.node("Mul", scope.node("Mul", name, twice), scope.number("half", 0.5))


def _gelu(name: str, scope: Scope) -> str:
    cube = scope.node("Pow", name, scope.number("three", 3))
    inner = scope.node("Add", name, scope.node("Mul", cube, scope.number("cubic", 0.044715)))
    inner = scope.node("Mul", inner, scope.number("root", math.sqrt(2 / math.pi)))
    twice = scope.node("Add", scope.node("Tanh", inner), scope.number("one", 1))
    return scope.node("Mul", scope.node("Mul", name, scope.number("half", 0.5)), twice)


_OF_SEVERAL_NODES: dict[str, Callable[[str, Scope], str]] = {
    "exact_gelu": _exact_gelu,
    "gelu": _gelu,
    "hard_tanh": _clip(-1, 1),
    "heaviside": _heaviside,
    "relu6": _clip(0, 6),
    "silu": _silu,
}


def unchanged(layer: object, value: Value, scope: Scope) -> Value:
    """Add nothing: dropout and its like pass values on in eval mode."""
    del layer, scope
    return value


def rescale(layer: Rescale, value: Value, scope: Scope) -> Value:
    """Add a `Rescale`."""
    name = scope.node("Mul", value.name, scope.number("factor", layer.factor))
    return Value(name, value.shape, value.channels_last)


def layer_scale(layer: LayerScale, value: Value, scope: Scope) -> Value:
    """Add a `LayerScale`."""
    del layer
    scale = scope.constant("scale", value.per_channel(scope.weight("scale")))
    return Value(scope.node("Mul", value.name, scale), value.shape, value.channels_last)


def channel_split(layer: ChannelSplit, value: Value, scope: Scope) -> Value:
    """Add a `ChannelSplit`."""
    shape = layer.output_shape(value.shape)
    start = layer.index * shape[-1]
    places = (
        scope.integers(name, number)
        for name, number in (("start", start), ("end", start + shape[-1]))
    )
    axis = scope.integers("axis", value.channel_axis)
    return Value(scope.node("Slice", value.name, *places, axis), shape, value.channels_last)


def channel_shuffle(layer: ChannelShuffle, value: Value, scope: Scope) -> Value:
    """Add a `ChannelShuffle`: two axes of the channels are swapped."""
    value, groups = scope.first(value), layer.groups
    *spatial, channels = value.shape
    name = scope.reshape(value.name, groups, channels // groups, *spatial)
    order = [0, 2, 1, *range(3, 3 + len(spatial))]
    name = scope.node("Transpose", name, perm=order)
    return Value(scope.reshape(name, channels, *spatial), value.shape, value.channels_last)


def squeeze_excite(layer: SqueezeExcite, value: Value, scope: Scope) -> Value:
    """Add a `SqueezeExcite`, with its dense layers as 1×1 convolutions."""
    value = scope.first(value)
    ones = (1,) * (value.rank - 1)
    name = scope.node("GlobalAveragePool", value.name)
    for part, function in (("fc1", layer.activation), ("fc2", layer.gate)):
        inner = scope.inside(part)
        kernel = inner.weight("kernel").T
        weights = inner.constant("kernel", kernel.reshape(*kernel.shape, *ones))
        bias = inner.constant("bias", inner.weight("bias"))
        name = inner.node("Conv", name, weights, bias, kernel_shape=ones)
        hidden = Value(name, (*ones, len(kernel)), channels_last=False)
        name = activate(function, hidden, inner)
    found = scope.node("Mul", value.name, name)
    return Value(found, value.shape, channels_last=False)


def flatten(layer: Flatten, value: Value, scope: Scope) -> Value:
    """Add a `Flatten`: the channels vary fastest, so they come last before it."""
    shape = layer.output_shape(value.shape)
    if value.rank == 1:
        return value
    one_channel_or_pixel = value.shape[-1] == 1 or math.prod(value.shape[:-1]) == 1
    value = value if one_channel_or_pixel else scope.last(value)
    return Value(scope.reshape(value.name, *shape), shape)


def normalized(value: Value, mean: np.ndarray, deviation: np.ndarray, scope: Scope) -> Value:
    """Subtract a number per channel, and divide by another."""
    means = scope.constant("mean", value.per_channel(mean.astype(np.float32)))
    factors = scope.constant("std", value.per_channel(deviation.astype(np.float32)))
    name = scope.node("Div", scope.node("Sub", value.name, means), factors)
    return Value(name, value.shape, value.channels_last)
