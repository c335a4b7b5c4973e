"""Layers that are linear maps: how factors and offsets per channel are moved into their weights."""

import dataclasses
from typing import Any

import numpy as np

from jaxcnn.layers import (
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    GlobalAvgPool,
    GlobalMaxPool,
    Layer,
    LayerScale,
    MaxPool,
    Rescale,
    SeparableConv,
)
from jaxcnn.rewriting._tree import Node

LINEAR = (Conv, ConvTranspose, Dense, DepthwiseConv, SeparableConv)
"""Layers with a kernel and possibly a bias."""


def is_linear(node: Node) -> bool:
    """Return whether a layer is a kernel and possibly a bias, and nothing else."""
    return type(node.layer) in LINEAR


def last_kernel(node: Node) -> str:
    """Return the name of the kernel whose last axis is the output channels of a linear layer."""
    return "pointwise.kernel" if isinstance(node.layer, SeparableConv) else "kernel"


def first_kernel(node: Node) -> str:
    """Return the name of the kernel that the input of a linear layer meets first."""
    return "depthwise.kernel" if isinstance(node.layer, SeparableConv) else "kernel"


def bias_of(node: Node) -> np.ndarray:
    """Return the bias of a linear layer in float64; zeros if it has none."""
    name = _bias_name(node)
    if name in node.arrays:
        return node.float64(name)
    return np.zeros(np.shape(node.arrays[last_kernel(node)])[-1])


def set_bias(node: Node, bias: np.ndarray) -> None:
    """Set the bias of a linear layer; one of zeros is not added to a layer that has none."""
    name = _bias_name(node)
    if name in node.arrays or bias.any():
        node.layer = with_fields(node.layer, use_bias=True)
        node.set(name, bias, like=last_kernel(node))


def _bias_name(node: Node) -> str:
    return last_kernel(node).replace("kernel", "bias")


def with_fields(layer: Layer, **fields: Any) -> Layer:
    """Return a layer with other values of some fields."""
    return dataclasses.replace(layer, **fields)


def factor_and_offset(node: Node) -> tuple[np.ndarray, np.ndarray] | None:
    """Return what a layer multiplies each channel by, and then adds; None if it does other things.

    A batch norm in inference is such a layer, because its mean and variance are constants.
    """
    channels = node.input_shape[-1]
    zeros = np.zeros(channels)
    match node.layer:
        case BatchNorm(epsilon=epsilon):
            with np.errstate(divide="ignore", invalid="ignore"):
                factor = 1 / np.sqrt(node.float64("var") + epsilon)
            factor = factor * node.float64("scale") if "scale" in node.arrays else factor
            bias = node.float64("bias") if "bias" in node.arrays else zeros
            found = factor, bias - node.float64("mean") * factor
        case LayerScale():
            found = node.float64("scale"), zeros
        case Rescale(factor=number):
            found = np.full(channels, float(number)), zeros
        case _:
            return None
    return found if all(np.isfinite(each).all() for each in found) else None


def scale_outputs(node: Node, factor: np.ndarray, offset: np.ndarray) -> None:
    """Let a linear layer return ``outputs * factor + offset``, of each channel."""
    name = last_kernel(node)
    node.set(name, node.float64(name) * factor, like=name)
    set_bias(node, bias_of(node) * factor + offset)


def can_scale_inputs(node: Node, offset: np.ndarray) -> bool:
    """Return whether a factor and this offset before a linear layer can move into its weights.

    Where the layer pads with zeros, only an offset of 0 can: the padding is not offset.
    """
    return not offset.any() or pads_nothing(node.layer)


def scale_inputs(node: Node, factor: np.ndarray, offset: np.ndarray) -> None:
    """Let a linear layer take inputs without this factor and offset, and return the same."""
    name = first_kernel(node)
    kernel, bias = node.float64(name), bias_of(node)
    factors, offsets = (_per_filter(each, kernel.shape) for each in (factor, offset))
    added = (kernel * offsets).sum(tuple(range(kernel.ndim - 1)))  # one number per filter
    if isinstance(node.layer, SeparableConv):
        mixed = node.float64("pointwise.kernel")
        added = added @ mixed.reshape(mixed.shape[-2:])
    node.set(name, kernel * factors, like=name)
    set_bias(node, bias + added)


def _per_filter(channels: np.ndarray, kernel_shape: tuple[int, ...]) -> np.ndarray:
    """Return numbers per input channel as ``(inputs / groups, outputs)``, as in the kernel."""
    inputs, outputs = kernel_shape[-2:]
    groups = len(channels) // inputs
    return np.repeat(channels.reshape(groups, inputs).T, outputs // groups, axis=1)


def pads_nothing(layer: Layer) -> bool:
    """Return whether a layer adds no zeros around inputs of any size."""
    if isinstance(layer, Dense):
        return True
    if not isinstance(layer, Conv | DepthwiseConv | SeparableConv):
        return False
    is_pointwise = all_equal(layer.kernel_size, 1)
    return layer.padding in ("VALID", "CIRCULAR") or (
        is_pointwise if layer.padding == "SAME" else all_equal(layer.padding, 0)
    )


def all_equal(value: object, number: int) -> bool:
    """Return whether an argument, one number or one per axis, is this number everywhere."""
    if isinstance(value, tuple):
        return all(all_equal(each, number) for each in value)
    return value == number


def is_pointwise(layer: Layer) -> bool:
    """Return whether a layer is one matrix at each pixel, and leaves none out."""
    return isinstance(layer, Dense) or (
        isinstance(layer, Conv)
        and layer.feature_group_count == 1
        and all_equal(layer.kernel_size, 1)
        and all_equal(layer.strides, 1)
        and pads_nothing(layer)
    )


def can_be_swapped(pool: Layer, factor: np.ndarray) -> bool:
    """Return whether factors and offsets per channel do the same before and after a pooling.

    They do if each output is a mean of inputs of its channel, without the padding, or a maximum and
    no factor is negative.
    """
    match pool:
        case MaxPool() | GlobalMaxPool():
            return bool((factor >= 0).all())
        case AvgPool():
            is_padded = pool.padding != "VALID" and not all_equal(pool.padding, 0)
            return not (pool.count_include_pad and is_padded)
    return isinstance(pool, AdaptiveAvgPool | GlobalAvgPool)
