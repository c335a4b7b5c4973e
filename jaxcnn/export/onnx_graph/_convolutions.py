"""Convolutions and dense layers as nodes of ONNX."""

from collections.abc import Sequence

import numpy as np

from jaxcnn import functional as F
from jaxcnn.export._layer_math import (
    circular_paddings,
    separable_parts,
    spectral_normed,
    weight_normed,
    whitening_conv,
)
from jaxcnn.export.onnx_graph._graph import Scope, Value
from jaxcnn.layers import (
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    Embedding,
    SeparableConv,
    Shape,
    SpectralNorm,
    WeightNorm,
    WhiteningConv,
)
from jaxcnn.lowering import PaddingPairs, SlidingWindow


def conv(layer: Conv, value: Value, scope: Scope, kernel: np.ndarray | None = None) -> Value:
    """Add a `Conv`; `kernel` replaces that of the weights."""
    return _conv(layer, layer.feature_group_count, value, scope, kernel)


def depthwise(
    layer: DepthwiseConv, value: Value, scope: Scope, kernel: np.ndarray | None = None
) -> Value:
    """Add a `DepthwiseConv`: a convolution with one group per channel."""
    return _conv(layer, value.shape[-1], value, scope, kernel)


def _conv(
    layer: Conv | DepthwiseConv,
    groups: int,
    value: Value,
    scope: Scope,
    kernel: np.ndarray | None,
) -> Value:
    kernel = scope.weight("kernel") if kernel is None else kernel
    value, outputs = scope.first(value), layer.output_shape(value.shape)
    window = F.conv_window(
        value.shape[:-1],
        kernel.shape[:-2],
        strides=layer.strides,
        padding=layer.padding,
        kernel_dilation=layer.kernel_dilation,
    )
    pairs, name = window.padding, value.name
    if layer.padding == "CIRCULAR":
        name = _wrapped(value, pairs, scope)
        pairs = ((0, 0),) * len(pairs)
    found = scope.node(
        "Conv",
        name,
        *_weights(scope, kernel),
        kernel_shape=window.sizes,
        strides=window.strides,
        pads=pads(pairs),
        dilations=window.dilation,
        group=groups,
    )
    return Value(found, outputs, channels_last=False)


def _weights(scope: Scope, kernel: np.ndarray) -> list[str]:
    """Add a kernel, output channels first as in ONNX, and the bias, if there is one."""
    *_, inputs, outputs = axes = [*range(kernel.ndim)]
    names = [scope.constant("kernel", kernel.transpose(outputs, inputs, *axes[:-2]))]
    return names + ([scope.constant("bias", scope.weight("bias"))] if scope.has("bias") else [])


def pads(pairs: PaddingPairs) -> list[int]:
    """Return (low, high) pairs in ONNX's order: all low ends, then all high ends."""
    return [low for low, _ in pairs] + [high for _, high in pairs]


def _wrapped(value: Value, pairs: PaddingPairs, scope: Scope) -> str:
    """Pad periodically, by taking the pixels of each axis at their indices modulo its size."""
    name = value.name
    for axis, (size, (low, high)) in enumerate(zip(value.shape[:-1], pairs, strict=True), start=2):
        if low or high:
            indices = [position % size for position in range(-low, size + high)]
            name = scope.node("Gather", name, scope.integers("wrap", *indices), axis=axis)
    return name


def separable(layer: SeparableConv, value: Value, scope: Scope) -> Value:
    """Add a `SeparableConv`: a depthwise convolution, then one of 1×1."""
    first, second = separable_parts(layer)
    between = depthwise(first, value, scope.inside("depthwise"))
    return conv(second, between, scope.inside("pointwise"))


def whitening(layer: WhiteningConv, value: Value, scope: Scope) -> Value:
    """Add a `WhiteningConv`."""
    return conv(whitening_conv(layer, value.shape), value, scope)


def conv_transpose(
    layer: ConvTranspose, value: Value, scope: Scope, kernel: np.ndarray | None = None
) -> Value:
    """Add a `ConvTranspose`; `kernel` replaces that of the weights."""
    kernel = scope.weight("kernel") if kernel is None else kernel
    value, outputs = scope.first(value), layer.output_shape(value.shape)
    window = F.conv_transpose_window(
        value.shape[:-1],
        kernel.shape[:-2],
        strides=layer.strides,
        padding=layer.padding,
        output_padding=layer.output_padding,
    )
    strides, pairs, name = window.input_dilation, window.padding, value.name
    if layer.padding == "CIRCULAR":
        around, pairs = circular_paddings(window)
        name = _wrapped(value, around, scope)
    cut, more = _cut_and_added(window, pairs)
    groups = layer.feature_group_count
    names = [scope.constant("kernel", _flipped(kernel, groups))]
    names += [scope.constant("bias", scope.weight("bias"))] if scope.has("bias") else []
    found = scope.node(
        "ConvTranspose",
        name,
        *names,
        kernel_shape=window.sizes,
        strides=strides,
        pads=pads(cut),
        output_padding=more,
        group=groups,
    )
    return Value(found, outputs, channels_last=False)


def _cut_and_added(
    window: SlidingWindow, pairs: PaddingPairs
) -> tuple[PaddingPairs, Sequence[int]]:
    """Return what ONNX cuts off the full output at both ends, and adds at the high end."""
    cut = [
        (size - 1 - low, size - 1 - high)
        for size, (low, high) in zip(window.sizes, pairs, strict=True)
    ]
    return tuple((low, max(high, 0)) for low, high in cut), [max(-high, 0) for _, high in cut]


def _flipped(kernel: np.ndarray, groups: int) -> np.ndarray:
    """Return ``(*window, C_in / groups, C_out)`` as ONNX's ``(C_in, C_out / groups, *window)``."""
    *window, inputs, outputs = kernel.shape
    rank = len(window)
    flipped = np.flip(kernel, tuple(range(rank)))
    by_group = flipped.reshape(*window, inputs, groups, outputs // groups)
    moved = by_group.transpose(rank + 1, rank, rank + 2, *range(rank))
    return moved.reshape(groups * inputs, outputs // groups, *window)


def dense(layer: Dense, value: Value, scope: Scope, kernel: np.ndarray | None = None) -> Value:
    """Add a `Dense`: of images with the channels first as a 1×1 convolution."""
    kernel = scope.weight("kernel") if kernel is None else kernel
    shape: Shape = (*value.shape[:-1], layer.features)
    if value.rank == 1:
        bias = [scope.constant("bias", scope.weight("bias"))] if layer.use_bias else []
        kernel_name = scope.constant("kernel", kernel)
        return Value(scope.node("Gemm", value.name, kernel_name, *bias), shape)
    if not value.channels_last and value.rank <= 4:
        ones = (1,) * (value.rank - 1)
        names = _weights(scope, kernel.reshape(*ones, *kernel.shape))
        found = scope.node("Conv", value.name, *names, kernel_shape=ones)
        return Value(found, shape, channels_last=False)
    name = scope.node("MatMul", scope.last(value).name, scope.constant("kernel", kernel))
    if layer.use_bias:
        name = scope.node("Add", name, scope.constant("bias", scope.weight("bias")))
    return Value(name, shape)


def embedding(layer: Embedding, value: Value, scope: Scope) -> Value:
    """Add an `Embedding`: the rows of its matrix at the tokens."""
    table = scope.constant("embedding", scope.weight("embedding"))
    return Value(scope.node("Gather", table, value.name, axis=0), layer.output_shape(value.shape))


def weight_norm(layer: WeightNorm, value: Value, scope: Scope) -> Value:
    """Add the layer in a `WeightNorm`, whose kernel is computed here once."""
    inner = scope.inside("layer")
    kernel = weight_normed(inner.weight("kernel"), scope.weight("scale"))
    return _with_kernel(layer, value, inner, kernel)


def spectral_norm(layer: SpectralNorm, value: Value, scope: Scope) -> Value:
    """Add the layer in a `SpectralNorm`, whose kernel is computed here once."""
    inner = scope.inside("layer")
    kernel = spectral_normed(inner.weight("kernel"), scope.weight("u"))
    return _with_kernel(layer, value, inner, kernel)


def _with_kernel(
    layer: WeightNorm | SpectralNorm, value: Value, inner: Scope, kernel: np.ndarray
) -> Value:
    made = {Conv: conv, ConvTranspose: conv_transpose, Dense: dense, DepthwiseConv: depthwise}
    add = made[type(layer.layer)]  # pyright: ignore[reportArgumentType]
    return add(layer.layer, value, inner, kernel)  # pyright: ignore
