"""Layers in terms of simpler ones: kernels, windows and paddings, as NumPy arrays and numbers."""

import numpy as np

from jaxcnn import functional as F
from jaxcnn.layers import (
    MIN_KERNEL_NORM,
    AvgPool,
    Conv,
    DepthwiseConv,
    MaxPool,
    SeparableConv,
    Shape,
    WhiteningConv,
)
from jaxcnn.lowering import PaddingPairs, SlidingWindow


def weight_normed(kernel: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return the kernel that a `WeightNorm` computes with, in float32.

    Args:
        kernel: The kernel of its layer, output channels last.
        scale: The trained norm of each output channel.
    """
    kernel = kernel.astype(np.float64)
    norms = np.sqrt((kernel.reshape(-1, kernel.shape[-1]) ** 2).sum(0))
    return (kernel * scale / np.maximum(norms, MIN_KERNEL_NORM)).astype(np.float32)


def spectral_normed(kernel: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return the kernel that a `SpectralNorm` computes with, in float32.

    Args:
        kernel: The kernel of its layer, output channels last.
        u: The right singular vector that it stores, one number per output channel.
    """
    kernel = kernel.astype(np.float64)
    product = kernel.reshape(-1, kernel.shape[-1]) @ u.astype(np.float64)
    length = np.sqrt((product**2).sum())
    largest = length**2 / max(length, MIN_KERNEL_NORM)
    return (kernel / max(largest, MIN_KERNEL_NORM)).astype(np.float32)


def circular_paddings(window: SlidingWindow) -> tuple[PaddingPairs, PaddingPairs]:
    """Return two paddings for the window of a circular transposed convolution.

    The first one is periodic and before the pixels are spread, the second one is with zeros and
    after it. Negative numbers cut pixels off.
    """
    steps = window.input_dilation
    sides = [-(-(size - 1) // step) for size, step in zip(window.sizes, steps, strict=True)]
    rest = tuple(
        (low - side * step, high - side * step)
        for (low, high), side, step in zip(window.padding, sides, steps, strict=True)
    )
    return tuple((side, side) for side in sides), rest


def separable_parts(layer: SeparableConv) -> tuple[DepthwiseConv, Conv]:
    """Return the two convolutions of a `SeparableConv`: over the pixels, then over the channels."""
    first = DepthwiseConv(
        layer.kernel_size,
        layer.strides,
        layer.padding,
        layer.kernel_dilation,
        layer.channel_multiplier,
        use_bias=False,
    )
    return first, Conv(layer.features, 1)


def whitening_conv(layer: WhiteningConv, input_shape: Shape) -> Conv:
    """Return the convolution of a `WhiteningConv`, whose filters were computed from images."""
    return Conv(layer.output_shape(input_shape)[-1], layer.kernel_size, padding="VALID")


def pooling_window(layer: MaxPool | AvgPool, input_shape: Shape) -> SlidingWindow:
    """Return the window of a pooling."""
    spatial, sizes = input_shape[:-1], layer.window_shape
    return F.pool_window(
        spatial,
        (sizes,) * len(spatial) if isinstance(sizes, int) else sizes,
        strides=layer.strides,
        padding=layer.padding,
        ceil_mode=layer.ceil_mode,
    )


def padding_with_overhang(window: SlidingWindow) -> PaddingPairs:
    """Return the padding, with what the last windows of a `ceil_mode` need beyond it."""
    rows = zip(window.padding, window.overhang, strict=True)
    return tuple((low, high + beyond) for (low, high), beyond in rows)
