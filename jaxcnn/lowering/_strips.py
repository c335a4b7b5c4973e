"""Large images in strips, each with the rows around it that its outputs see."""

import dataclasses
import math

import jax.numpy as jnp
from jax import Array

from jaxcnn.lowering._forms import Forward, Gradient
from jaxcnn.lowering._image_taps import pad
from jaxcnn.lowering._sliding_window import SlidingWindow


def in_strips(method: Forward, budget: float) -> Forward:
    """Makes a convolution one of strips where an image has more patches than `budget` bytes."""

    def convolve(images: Array, kernels: Array, window: SlidingWindow) -> Array:
        outputs = window.outputs
        rows = _rows(images, outputs, window, kernels.shape[0] * kernels.shape[-1], budget)
        if rows >= outputs[0]:
            return method(images, kernels, window)
        strips, inner = _cut(images, window, rows, outputs[0])
        results = method(strips, kernels, inner)
        joined = results.reshape(images.shape[0], -1, *results.shape[2:])
        return joined[:, : outputs[0]]

    return convolve


def in_strips_kernel_gradient(method: Gradient, budget: float) -> Gradient:
    """Makes a kernel gradient one of strips likewise."""

    def gradient(images: Array, cotangents: Array, window: SlidingWindow, groups: int) -> Array:
        outputs = cotangents.shape[1:-1]
        rows = _rows(images, outputs, window, cotangents.shape[-1], budget)
        if rows >= outputs[0]:
            return method(images, cotangents, window, groups)
        strips, inner = _cut(images, window, rows, outputs[0])
        missing = -outputs[0] % rows
        cotangents = pad(cotangents, ((0, missing), *((0, 0),) * (len(outputs) - 1)))
        cotangents = cotangents.reshape(strips.shape[0], rows, *cotangents.shape[2:])
        return method(strips, cotangents, inner, groups)

    return gradient


def _rows(
    images: Array, outputs: tuple[int, ...], window: SlidingWindow, features: int, budget: float
) -> int:
    """Returns how many rows of outputs make a strip: an even number near the budget."""
    elements = math.prod(outputs[1:]) * (math.prod(window.sizes) * images.shape[-1] + features)
    rows = max(2, int(budget // (elements * images.dtype.itemsize)) // 2 * 2)
    if rows >= outputs[0]:
        return outputs[0]
    strips = math.ceil(outputs[0] / rows)
    even = math.ceil(outputs[0] / strips)
    return even + even % 2


def _cut(
    images: Array, window: SlidingWindow, rows: int, outputs: int
) -> tuple[Array, SlidingWindow]:
    """Returns the strips as images of their own, and the window on them."""
    stride, gap, (low, _) = window.strides[0], window.dilation[0], window.padding[0]
    count = math.ceil(outputs / rows)
    seen = (rows - 1) * stride + (window.sizes[0] - 1) * gap + 1
    last = (count - 1) * rows * stride + seen
    rest = ((0, 0),) * (images.ndim - 3)
    padded = pad(images, ((low, last - images.shape[1] - low), *rest))
    starts = [strip * rows * stride for strip in range(count)]
    strips = jnp.stack([padded[:, start : start + seen] for start in starts], 1)
    inner = dataclasses.replace(
        window, shape=(seen, *window.shape[1:]), padding=((0, 0), *window.padding[1:])
    )
    return strips.reshape(-1, *strips.shape[2:]), inner
