"""The step `merge_pointwise`."""

import numpy as np

from jaxcnn.layers import Conv, ConvTranspose, Dense, Layer, SeparableConv
from jaxcnn.rewriting._linear import (
    bias_of,
    is_linear,
    is_pointwise,
    last_kernel,
    pads_nothing,
    set_bias,
    with_fields,
)
from jaxcnn.rewriting._tree import Node, WeightedLayers, read_tree, straight_lines, write_tree


def merge_pointwise(network: WeightedLayers) -> tuple[WeightedLayers, int]:
    """Merge 1×1 convolutions and dense layers with the convolution before or after them.

    Two linear layers without an activation between them are one. Where one of the two is a matrix
    per pixel, that is a 1×1 convolution of stride 1 or a dense layer, their kernels are multiplied:

        kernel = kernel1 @ kernel2,  bias = bias1 @ kernel2 + bias2

    The other may be any convolution or transposed convolution of one group, or a separable one if
    it comes first. If the matrix comes first, it must have no bias where the other pads with zeros.
    Layers are merged only if that takes neither more parameters nor more multiplications, so that a
    bottleneck stays one.

    Args:
        network: The layers and arrays.

    Returns:
        The new network, and how many layers were merged into another.
    """
    tree, count = read_tree(network), 0
    for line in straight_lines(tree):
        before: Node | None = None
        for node in (node for node in line if not node.is_removed):
            kept = None if before is None else _merge(before, node)
            count += kept is not None
            before = kept or node
    return write_tree(tree, network.input_shape), count


def _merge(first: Node, second: Node) -> Node | None:
    """Merge two layers, and return the one that is kept; None if they stay two."""
    if not (is_linear(first) and is_linear(second)):
        return None
    if is_pointwise(second.layer) and _has_one_group(first.layer, separable=True):
        return _merge_into_first(first, second)
    if is_pointwise(first.layer) and _has_one_group(second.layer, separable=False):
        return _merge_into_second(first, second)
    return None


def _has_one_group(layer: Layer, *, separable: bool) -> bool:
    if isinstance(layer, Conv | ConvTranspose):
        return layer.feature_group_count == 1
    return isinstance(layer, Dense) or (separable and isinstance(layer, SeparableConv))


def _merge_into_first(first: Node, second: Node) -> Node | None:
    layer = with_fields(first.layer, features=_features(second))
    bias, matrix = bias_of(first), _matrix(second)
    bias = bias @ matrix + bias_of(second)
    if not _is_cheaper(with_fields(layer, use_bias=bool(bias.any())), first, second):
        return None
    name = last_kernel(first)
    kernel = first.float64(name) @ matrix
    first.layer = layer
    first.set(name, kernel, like=name)
    set_bias(first, bias)
    second.is_removed = True
    return first


def _merge_into_second(first: Node, second: Node) -> Node | None:
    added = bias_of(first)
    if added.any() and not pads_nothing(second.layer):
        return None
    kernel, bias = second.float64("kernel"), bias_of(second)
    bias = bias + np.tensordot(added, kernel, (0, kernel.ndim - 2)).reshape(-1, len(bias)).sum(0)
    layer = with_fields(second.layer, use_bias=bool(bias.any()))
    if not _is_cheaper(layer, first, second):
        return None
    second.set("kernel", _matrix(first) @ kernel, like="kernel")
    second.input_shape = first.input_shape
    set_bias(second, bias)
    first.is_removed = True
    return second


def _features(node: Node) -> int:
    return np.shape(node.arrays["kernel"])[-1]


def _matrix(node: Node) -> np.ndarray:
    """Return the kernel of a pointwise layer as ``(inputs, outputs)``."""
    kernel = node.float64("kernel")
    return kernel.reshape(kernel.shape[-2:])


def _is_cheaper(merged: Layer, first: Node, second: Node) -> bool:
    """Return whether a layer takes no more parameters and multiplications than two."""
    alone = first.layer.costs(first.input_shape) + second.layer.costs(second.input_shape)
    merged_costs = merged.costs(first.input_shape)
    return merged_costs.parameters <= alone.parameters and merged_costs.macs <= alone.macs
