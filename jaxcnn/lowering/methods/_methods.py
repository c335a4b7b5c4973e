"""All methods, as functions of a convolution and its two arrays.

Methods that work in blocks of images take `budget`, the memory in bytes that a block may need.
im2col and Winograd also take `merged`, the number of groups whose gradients are computed as one.
"""

from functools import partial
from math import prod

import jax.numpy as jnp
from jax import Array, lax

from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering.choice import LANES
from jaxcnn.lowering.methods._blocks import in_strips, in_strips_kernel_gradient
from jaxcnn.lowering.methods._im2col import im2col, im2col_kernel_gradient
from jaxcnn.lowering.methods._kernel_gradient import (
    KernelGradient,
    forward,
    gradient_of,
    kernel_gradient,
    window_of,
)
from jaxcnn.lowering.methods._shifted import shifted, shifted_kernel_gradient
from jaxcnn.lowering.methods._winograd import winograd, winograd_kernel_gradient


def by_xla(convolution: Convolution, lhs: Array, rhs: Array) -> Array:
    """Compute by XLA's own convolution; pad the input first where XLA errs (`errs_in_xla`)."""
    padding, dilation = convolution.padding, convolution.lhs_dilation
    if errs_in_xla(convolution):
        config = [(0, 0, 0)] * lhs.ndim
        for axis, pair, spread in zip(
            convolution.dimension_numbers.lhs_spec[2:], padding, dilation, strict=True
        ):
            config[axis] = (*pair, spread - 1)
        lhs = lax.pad(lhs, jnp.zeros((), lhs.dtype), config)
        padding, dilation = ((0, 0),) * len(padding), (1,) * len(padding)
    params = convolution.params | {"padding": padding, "lhs_dilation": dilation}
    return lax.conv_general_dilated_p.bind(lhs, rhs, **params)


def errs_in_xla(convolution: Convolution) -> bool:
    """Tell whether XLA's result is wrong on CPUs, because XLA reads beyond a cropped input.

    This fault occurs where a dimension has negative padding at one end and positive padding at the
    other.
    """
    return any(min(pair) < 0 < max(pair) for pair in convolution.padding)


def by_padded_channels(convolution: Convolution, lhs: Array, rhs: Array) -> Array:
    """Compute by XLA's own convolution, after adding zero channels up to a multiple of `LANES`.

    On CPUs XLA is twice as fast with four input channels as with three.
    """
    numbers = convolution.dimension_numbers
    missing = -convolution.channels % LANES
    lhs = _pad_end(lhs, numbers.lhs_spec[1], missing)
    return by_xla(convolution, lhs, _pad_end(rhs, numbers.rhs_spec[1], missing))


def by_matmul(convolution: Convolution, lhs: Array, rhs: Array) -> Array:
    """Compute a convolution as a matrix product, for kernels of size 1×1 or of the input's size."""
    images, kernel = convolution.images(lhs), convolution.kernels(rhs)[0]
    if prod(convolution.window) == 1:
        steps = (slice(None, None, stride) for stride in convolution.strides)
        outputs = images[(slice(None), *steps)] @ kernel.reshape(kernel.shape[-2:])
    else:
        outputs = jnp.tensordot(images, kernel, kernel.ndim - 1)
        outputs = jnp.expand_dims(outputs, tuple(range(1, images.ndim - 1)))
    return convolution.output(outputs)


def by_im2col(
    convolution: Convolution, lhs: Array, rhs: Array, *, budget: float, merged: int
) -> Array:
    """Compute a convolution by matrix products with the patches under the window."""
    if convolution.is_kernel_gradient:
        method = in_strips_kernel_gradient(partial(im2col_kernel_gradient, budget=budget), budget)
        return kernel_gradient(convolution, lhs, rhs, method, merged=merged)
    method = in_strips(partial(im2col, budget=budget), budget)
    return forward(convolution, lhs, rhs, method)


def by_winograd(
    convolution: Convolution, lhs: Array, rhs: Array, *, budget: float, merged: int
) -> Array:
    """Compute a convolution by Winograd's minimal filtering."""
    if convolution.is_kernel_gradient:
        method = in_strips_kernel_gradient(partial(winograd_kernel_gradient, budget=budget), budget)
        return kernel_gradient(convolution, lhs, rhs, method, merged=merged)
    method = in_strips(partial(winograd, budget=budget), budget)
    return forward(convolution, lhs, rhs, method)


def by_shifted(convolution: Convolution, lhs: Array, rhs: Array, *, budget: float) -> Array:
    """Compute a convolution by multiply-adds of shifted images."""
    if convolution.is_kernel_gradient:
        return _shifted_gradient(convolution, lhs, rhs, budget)
    images = _with_group_axis(convolution.images(lhs), convolution.groups)
    kernels = jnp.moveaxis(convolution.kernels(rhs), 0, -3)  # (*window, G, C, O)
    outputs = shifted(images, kernels, window_of(convolution), budget=budget)
    return convolution.output(outputs.reshape(*outputs.shape[:-2], -1))


def _shifted_gradient(convolution: Convolution, lhs: Array, rhs: Array, budget: float) -> Array:
    gradient = KernelGradient.of(convolution, lhs, rhs)
    images = _with_group_axis(gradient.images, convolution.groups)
    cotangents = _with_group_axis(gradient.cotangents, convolution.groups)
    kernels = shifted_kernel_gradient(images, cotangents, gradient.window, budget=budget)
    return gradient_of(convolution, gradient.kernels(jnp.moveaxis(kernels, -3, 0)))


def _with_group_axis(array: Array, groups: int) -> Array:
    return array.reshape(*array.shape[:-1], groups, array.shape[-1] // groups)


def _pad_end(array: Array, axis: int, count: int) -> Array:
    return jnp.pad(array, [(0, count if i == axis else 0) for i in range(array.ndim)])
