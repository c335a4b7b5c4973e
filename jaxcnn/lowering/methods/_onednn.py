"""Compute convolutions by oneDNN, the library of kernels inside jaxlib's wheels for x86 CPUs.

XLA calls oneDNN where its compiler has rewritten an operation to a custom call with this target.
Stock wheels contain the call but not the rewriting, so this module writes the call itself. The
format of its configuration is not documented and can change with every jaxlib:
`jaxcnn.lowering._onednn_support` knows the versions for which it is right. A wrong configuration,
or an array that is not float32, would end the process.

oneDNN computes only forward convolutions here. JAX expresses input gradients as forward
convolutions anyway. A kernel gradient is computed as a convolution, too: the cotangent slides over
the images as it lies in memory, the channels are a spatial axis, and the examples are the channels.

Source: ``onednn_convolution.cc`` and ``onednn_config.proto`` of XLA, at the versions listed.
"""

import json
from collections.abc import Sequence
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._onednn_support import ONEDNN_TARGET
from jaxcnn.lowering._sliding_window import PaddingPairs, SlidingWindow
from jaxcnn.lowering.methods._blocks import pad, sum_blocks, taps
from jaxcnn.lowering.methods._kernel_gradient import KernelGradient, gradient_of, window_of
from jaxcnn.lowering.methods._onednn_product import onednn_product, onednn_sum_rows

MAX_SPATIAL = 3
"""The largest number of spatial dimensions. A kernel gradient may use one for the channels."""

FUSED_ACTIVATIONS = {
    "relu": "RELU",
    "relu6": "RELU6",
    "sigmoid": "SIGMOID",
    "tanh": "TANH",
    "silu": "SWISH",
    "gelu": "GELU_TANH",
    "exact_gelu": "GELU_ERF",
}
"""The activations that a call can include, with XLA's names for them."""

VECTOR = 16
"""So many values of float32 fill a vector of AVX-512; blocks have a multiple of so many images."""


def is_onednn(convolution: Convolution) -> bool:
    """Tell whether `by_onednn` can compute a convolution."""
    dimensions = len(convolution.spatial)
    if set(convolution.dtypes) != {np.dtype(np.float32)} or dimensions == 0:
        return False
    if convolution.is_kernel_gradient:
        needed = dimensions + (convolution.strides[-1] > 1)  # see `_window_of_gradient`
        return convolution.feature_groups == 1 and needed <= MAX_SPATIAL
    is_plain = not convolution.is_input_dilated and convolution.batch_groups == 1
    return is_plain and dimensions <= MAX_SPATIAL


def by_fused_onednn(
    convolution: Convolution,
    lhs: Array,
    rhs: Array,
    bias: Array,
    *addend: Array,
    activation: str | None,
) -> Array:
    """Compute a convolution, then add a bias, add an array, and apply an activation.

    Args:
        convolution: One for which `is_onednn` is true, but no kernel gradient; its output has the
            channels last.
        lhs: The input.
        rhs: The kernel.
        bias: ``(channels,)``.
        addend: None or one array of the output's shape.
        activation: None, or one of `FUSED_ACTIVATIONS`.
    """
    operations = ["BIAS", *("BINARY_ADD" for _ in addend)]
    if activation is not None:
        operations.append(FUSED_ACTIVATIONS[activation])
    images = convolution.images(lhs)
    if _is_product(convolution):
        rows, *operands = (array.reshape(-1, array.shape[-1]) for array in (images, bias, *addend))
        kernel = convolution.kernels(rhs).reshape(rows.shape[-1], -1)
        outputs = onednn_product(rows, kernel, operations, operands)
        return outputs.reshape(*images.shape[:-1], -1)
    return onednn(
        images,
        rhs,
        window_of(convolution),
        kernel_axes=convolution.dimension_numbers.rhs_spec,
        groups=convolution.groups,
        operations=operations,
        operands=(bias, *addend),
    )


def _is_product(convolution: Convolution) -> bool:
    """Tell whether a convolution is the product of all pixels and the kernel."""
    is_one = prod(convolution.window) * prod(convolution.strides) * convolution.groups == 1
    return is_one and not any(map(any, convolution.padding))


def by_onednn(convolution: Convolution, lhs: Array, rhs: Array, *, budget: float) -> Array:
    """Compute a convolution of float32, or a kernel gradient, by oneDNN (see `is_onednn`)."""
    if convolution.is_kernel_gradient:
        gradient = KernelGradient.of(convolution, lhs, rhs)
        kernels = onednn_kernel_gradient(
            gradient.images,
            gradient.cotangents,
            gradient.window,
            convolution.groups,
            budget=budget,
        )
        return gradient_of(convolution, gradient.kernels(kernels))
    outputs = onednn(
        convolution.images(lhs),
        rhs,
        window_of(convolution),
        kernel_axes=convolution.dimension_numbers.rhs_spec,
        groups=convolution.groups,
    )
    return convolution.output(outputs)


def onednn(
    images: Array,
    kernel: Array,
    window: SlidingWindow,
    *,
    kernel_axes: Sequence[int],
    groups: int,
    operations: Sequence[str] = (),
    operands: Sequence[Array] = (),
) -> Array:
    """Convolve by oneDNN.

    Args:
        images: Array of shape ``(N, *spatial, groups * C)``.
        kernel: The kernel, with its axes in any order.
        window: The window that slides over the images.
        kernel_axes: Where the kernel has its output channels, its input channels (of one group)
            and its spatial axes. oneDNN brings them to an order of its own in any case.
        groups: Number of groups.
        operations: What oneDNN does with each output before it is written, by XLA's names.
        operands: The arrays that the operations take, in order.

    Returns:
        ``(N, *outputs, groups * O)``.
    """
    padding = window.padding
    if any(min(pair) < 0 for pair in padding):  # which oneDNN does not have
        images, padding = pad(images, padding), ((0, 0),) * len(padding)
    shape = images.shape[0], *window.outputs, kernel.shape[kernel_axes[0]]
    call = jax.ffi.ffi_call(
        ONEDNN_TARGET,
        jax.ShapeDtypeStruct(shape, images.dtype),
        custom_call_api_version=1,
        legacy_backend_config=_configuration(
            kernel.shape, window, padding, kernel_axes, groups, operations
        ),
    )
    return call(images, kernel, *operands)


def onednn_kernel_gradient(
    images: Array, cotangents: Array, window: SlidingWindow, groups: int, *, budget: float
) -> Array:
    """Compute the gradient of `onednn` with respect to its kernels.

    Args:
        images: Array of shape ``(N, *spatial, groups * C)``.
        cotangents: Array of shape ``(N, *outputs, groups * O)``.
        window: The window that slid over the images.
        groups: Number of groups.
        budget: Memory in bytes that a block of images may need.

    Returns:
        ``(groups, *window, C, O)``.
    """
    channels, features = (array.shape[-1] // groups for array in (images, cotangents))
    if groups == prod(window.sizes) == 1:
        (pixels,) = taps(pad(images, window.padding), window)
        total = onednn_sum_rows(pixels.reshape(-1, channels), cotangents.reshape(-1, features))
        return total.reshape(1, *window.sizes, channels, features)
    slid = _window_of_gradient(cotangents.shape[1:-1], channels, window)
    kernel_axes = (len(slid.shape) + 1, 0, *range(1, len(slid.shape) + 1))

    def gradient(images: Array, cotangents: Array) -> list[Array]:
        split = images.reshape(*images.shape[:-1], groups, channels)
        count, *sizes = range(split.ndim)
        # One example, whose input channels are the examples.
        moved = split.transpose(*sizes[:-2], sizes[-1], sizes[-2], count)
        inputs = moved.reshape(1, *slid.shape, -1)
        kernel = cotangents.reshape(len(cotangents), *slid.sizes, -1)
        return [onednn(inputs, kernel, slid, kernel_axes=kernel_axes, groups=groups)]

    (total,) = sum_blocks(gradient, _examples(images, cotangents, budget), images, cotangents)
    kernels = total.reshape(*window.sizes, channels, groups, features)
    return jnp.moveaxis(kernels, -2, 0)


def _window_of_gradient(
    outputs: tuple[int, ...], channels: int, window: SlidingWindow
) -> SlidingWindow:
    """Return how the cotangents slide over images whose channels are a spatial axis.

    If the taps of a row are neighbors, channels and columns are one axis: in a row of the images,
    the values under all taps are then neighbors, too. Otherwise the channels have their own axis.
    """
    if window.dilation[-1] > 1:
        return SlidingWindow(
            (*window.shape, channels),
            (*outputs, 1),
            (*window.dilation, 1),
            (*window.padding, (0, 0)),
            (*window.strides, 1),
        )
    low, high = window.padding[-1]
    return SlidingWindow(
        (*window.shape[:-1], window.shape[-1] * channels),
        outputs,
        window.dilation,
        (*window.padding[:-1], (low * channels, high * channels)),
        (*window.strides[:-1], window.strides[-1] * channels),
    )


def _examples(images: Array, cotangents: Array, budget: float) -> int:
    """Return how many images a block has: some vectors full, as far as the budget goes."""
    values = prod(images.shape[1:]) + prod(cotangents.shape[1:])
    each = values * images.dtype.itemsize
    return VECTOR * max(1, int(budget // (VECTOR * each)))


def _configuration(
    kernel_shape: tuple[int, ...],
    window: SlidingWindow,
    padding: PaddingPairs,
    kernel_axes: Sequence[int],
    groups: int,
    operations: Sequence[str],
) -> str:
    """Write XLA's ``OneDnnConvolutionConfig`` as JSON, in which 64-bit integers are texts."""
    dimensions = len(kernel_shape)
    out, into, *spatial = kernel_axes
    data = {
        "batch_dim": 0,
        "feature_dim": dimensions - 1,
        "spatial_dims": range(1, dimensions - 1),
    }
    kernel = {
        "input_feature_dim": into,
        "output_feature_dim": out,
        "spatial_dims": spatial,
        "shape": kernel_shape,
    }
    content = {
        "dims": dimensions,
        "feature_groups": groups,
        "input": {"dims": dimensions, "data": data},
        "kernel": {"dims": dimensions, "filter": kernel},
        "output": {"dims": dimensions, "data": data},
        "window": {
            "size": window.sizes,
            "pad_left": [low for low, _ in padding],
            "pad_right": [high for _, high in padding],
            "strides": window.strides,
            "window_dilations": window.dilation,
        },
        "fusions": {"ops": operations},
    }
    return json.dumps({"onednn_conv_config": _as_texts(content)})


def _as_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_texts(entry) for name, entry in value.items()}
    return str(value) if isinstance(value, int) else [str(entry) for entry in value]
