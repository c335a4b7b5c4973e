"""Convolutions and dense layers as steps."""

import numpy as np

from jaxcnn import functional as F
from jaxcnn.export._layer_math import (
    circular_paddings,
    separable_parts,
    spectral_normed,
    weight_normed,
    whitening_conv,
)
from jaxcnn.export.code._program import Place, Value
from jaxcnn.layers import (
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    Embedding,
    SeparableConv,
    SpectralNorm,
    WeightNorm,
    WhiteningConv,
)
from jaxcnn.lowering import PaddingPairs, SlidingWindow


def conv(layer: Conv, value: Value, place: Place, kernel: np.ndarray | None = None) -> Value:
    """Add a `Conv`; `kernel` replaces that of the weights."""
    return _conv(layer, layer.feature_group_count, value, place, kernel)


def depthwise(
    layer: DepthwiseConv, value: Value, place: Place, kernel: np.ndarray | None = None
) -> Value:
    """Add a `DepthwiseConv`: a convolution with one group per channel."""
    return _conv(layer, value.shape[-1], value, place, kernel)


def _conv(
    layer: Conv | DepthwiseConv,
    groups: int,
    value: Value,
    place: Place,
    kernel: np.ndarray | None,
) -> Value:
    kernel = place.weight("kernel") if kernel is None else kernel
    window = F.conv_window(
        value.shape[:-1],
        kernel.shape[:-2],
        strides=layer.strides,
        padding=layer.padding,
        kernel_dilation=layer.kernel_dilation,
    )
    pairs = window.padding
    if layer.padding == "CIRCULAR":
        value, pairs = _wrapped(value, pairs, place), ()
    return _add_conv(value, place, kernel, window, pairs, groups)


def _add_conv(
    value: Value,
    place: Place,
    kernel: np.ndarray,
    window: SlidingWindow,
    pairs: PaddingPairs,
    groups: int,
) -> Value:
    options = {
        "strides": window.strides if max(window.strides) > 1 else None,
        "padding": pairs if any(map(any, pairs)) else None,
        "dilation": window.dilation if max(window.dilation) > 1 else None,
        "groups": groups if groups > 1 else None,
    }
    options = {name: option for name, option in options.items() if option is not None}
    weights = {"kernel": kernel} | place.find("bias")
    shape = (*window.outputs, kernel.shape[-1])
    return place.add("conv", value, shape=shape, weights=weights, **options)


def _wrapped(value: Value, pairs: PaddingPairs, place: Place) -> Value:
    """Pad periodically."""
    if not any(map(any, pairs)):
        return value
    *spatial, channels = value.shape
    sizes = (size + low + high for size, (low, high) in zip(spatial, pairs, strict=True))
    return place.add("wrap", value, shape=(*sizes, channels), padding=pairs)


def separable(layer: SeparableConv, value: Value, place: Place) -> Value:
    """Add a `SeparableConv`: a depthwise convolution, then one of 1×1."""
    first, second = separable_parts(layer)
    between = depthwise(first, value, place.inside("depthwise"))
    return conv(second, between, place.inside("pointwise"))


def whitening(layer: WhiteningConv, value: Value, place: Place) -> Value:
    """Add a `WhiteningConv`."""
    return conv(whitening_conv(layer, value.shape), value, place)


def conv_transpose(
    layer: ConvTranspose, value: Value, place: Place, kernel: np.ndarray | None = None
) -> Value:
    """Add a `ConvTranspose`: zeros between the pixels, then a convolution."""
    kernel = place.weight("kernel") if kernel is None else kernel
    window = F.conv_transpose_window(
        value.shape[:-1],
        kernel.shape[:-2],
        strides=layer.strides,
        padding=layer.padding,
        output_padding=layer.output_padding,
    )
    steps, pairs = window.input_dilation, window.padding
    if layer.padding == "CIRCULAR":
        around, pairs = circular_paddings(window)
        value = _wrapped(value, around, place)
    if max(steps) > 1:
        *spatial, channels = value.shape
        sizes = ((size - 1) * step + 1 for size, step in zip(spatial, steps, strict=True))
        value = place.add("spread", value, shape=(*sizes, channels), steps=steps)
    return _add_conv(value, place, kernel, window, pairs, layer.feature_group_count)


def dense(layer: Dense, value: Value, place: Place, kernel: np.ndarray | None = None) -> Value:
    """Add a `Dense`, which acts on the channels of each pixel."""
    kernel = place.weight("kernel") if kernel is None else kernel
    weights = {"kernel": kernel} | place.find("bias")
    return place.add("dense", value, shape=(*value.shape[:-1], layer.features), weights=weights)


def embedding(layer: Embedding, value: Value, place: Place) -> Value:
    """Add an `Embedding`: the rows of its matrix at the tokens."""
    shape = layer.output_shape(value.shape)
    return place.add("embedding", value, shape=shape, weights=place.find("embedding"))


def weight_norm(layer: WeightNorm, value: Value, place: Place) -> Value:
    """Add the layer in a `WeightNorm`, whose kernel is computed here once."""
    inner = place.inside("layer")
    kernel = weight_normed(inner.weight("kernel"), place.weight("scale"))
    return _with_kernel(layer, value, inner, kernel)


def spectral_norm(layer: SpectralNorm, value: Value, place: Place) -> Value:
    """Add the layer in a `SpectralNorm`, whose kernel is computed here once."""
    inner = place.inside("layer")
    kernel = spectral_normed(inner.weight("kernel"), place.weight("u"))
    return _with_kernel(layer, value, inner, kernel)


def _with_kernel(
    layer: WeightNorm | SpectralNorm, value: Value, inner: Place, kernel: np.ndarray
) -> Value:
    made = {Conv: conv, ConvTranspose: conv_transpose, Dense: dense, DepthwiseConv: depthwise}
    add = made[type(layer.layer)]  # pyright: ignore[reportArgumentType]
    return add(layer.layer, value, inner, kernel)  # pyright: ignore
