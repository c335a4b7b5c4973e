"""Poolings as nodes of ONNX."""

import math

import numpy as np

from jaxcnn import functional as F
from jaxcnn.export._layer_math import padding_with_overhang, pooling_window
from jaxcnn.export.onnx_graph._convolutions import pads
from jaxcnn.export.onnx_graph._graph import Scope, Value
from jaxcnn.layers import AdaptiveAvgPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from jaxcnn.lowering import SlidingWindow


def max_pool(layer: MaxPool, value: Value, scope: Scope) -> Value:
    """Add a `MaxPool`."""
    value, window = scope.first(value), pooling_window(layer, value.shape)
    name = _pool("MaxPool", value.name, window, padding_with_overhang(window), scope)
    return Value(name, layer.output_shape(value.shape), channels_last=False)


def avg_pool(layer: AvgPool, value: Value, scope: Scope) -> Value:
    """Add an `AvgPool`."""
    value, window = scope.first(value), pooling_window(layer, value.shape)
    name, pairs, counted = value.name, padding_with_overhang(window), 0
    if layer.count_include_pad and any(map(any, window.padding)):
        if any(window.overhang):  # which is never counted, so the padding has to be added before
            around = pads(((0, 0), (0, 0), *window.padding))
            name = scope.node("Pad", name, scope.integers("pads", *around))
            pairs = tuple((0, beyond) for beyond in window.overhang)
        else:
            counted = 1
    name = _pool("AveragePool", name, window, pairs, scope, count_include_pad=counted)
    return Value(name, layer.output_shape(value.shape), channels_last=False)


def _pool(
    op: str,
    name: str,
    window: SlidingWindow,
    pairs: tuple[tuple[int, int], ...],
    scope: Scope,
    **attributes: int,
) -> str:
    sizes, strides = window.sizes, window.strides
    return scope.node(op, name, kernel_shape=sizes, strides=strides, pads=pads(pairs), **attributes)


def global_avg_pool(layer: GlobalAvgPool, value: Value, scope: Scope) -> Value:
    """Add a `GlobalAvgPool`."""
    means = scope.node("GlobalAveragePool", scope.first(value).name)
    return Value(scope.node("Flatten", means), layer.output_shape(value.shape))


def global_max_pool(layer: GlobalMaxPool, value: Value, scope: Scope) -> Value:
    """Add a `GlobalMaxPool`."""
    largest = scope.node("GlobalMaxPool", scope.first(value).name)
    return Value(scope.node("Flatten", largest), layer.output_shape(value.shape))


def adaptive_avg_pool(layer: AdaptiveAvgPool, value: Value, scope: Scope) -> Value:
    """Add an `AdaptiveAvgPool`: windows, or where cells differ a matrix of means per axis."""
    value, outputs = scope.first(value), layer.output_shape(value.shape)
    pairs = [*zip(value.shape[:-1], outputs[:-1], strict=True)]
    if not any(size % cells for size, cells in pairs):
        sides = tuple(size // cells for size, cells in pairs)
        windows = F.pool_window(value.shape[:-1], sides)
        name = _pool("AveragePool", value.name, windows, windows.padding, scope)
        return Value(name, outputs, channels_last=False)
    name, sizes = value.name, [value.shape[-1], *value.shape[:-1]]
    for axis, (size, cells) in enumerate(pairs, start=1):
        if size != cells:
            before, after = math.prod(sizes[:axis]), math.prod(sizes[axis + 1 :])
            rows = scope.reshape(name, before, size, after)
            name = scope.node("MatMul", scope.constant("means", _means(size, cells)), rows)
            sizes[axis] = cells
    return Value(scope.reshape(name, *sizes), outputs, channels_last=False)


def _means(size: int, cells: int) -> np.ndarray:
    """Return the matrix that averages ``size`` values in each of some cells, as in PyTorch."""
    matrix = np.zeros((cells, size), np.float32)
    for cell in range(cells):
        first, end = cell * size // cells, -(-(cell + 1) * size // cells)
        matrix[cell, first:end] = 1 / (end - first)
    return matrix
