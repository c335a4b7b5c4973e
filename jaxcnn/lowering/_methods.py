"""The methods: functions of a convolution and its two arrays.

Each takes `budget`, the bytes that a block of images may need while it is worked on, and most take
`merged`, the number of groups that are computed as one.
"""

from functools import partial
from math import prod

import jax.numpy as jnp
from jax import Array, lax

from jaxcnn.lowering._canonical import images_of, kernels_of, output_of
from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._depthwise import depthwise, depthwise_kernel_gradient
from jaxcnn.lowering._forms import (
    KernelGradient,
    forward,
    is_kernel_gradient,
    kernel_gradient,
    window_of,
)
from jaxcnn.lowering._im2col import im2col, im2col_kernel_gradient
from jaxcnn.lowering._strips import in_strips, in_strips_kernel_gradient
from jaxcnn.lowering._winograd import winograd, winograd_kernel_gradient


def by_xla(convolution: Convolution, lhs: Array, rhs: Array) -> Array:
    """Computes by XLA's own convolution, which is given no negative padding.

    On CPUs it errs where one end of a dimension has negative padding and the other positive.
    """
    padding, dilation = convolution.padding, convolution.lhs_dilation
    if min(map(min, padding), default=0) < 0:
        config = [(0, 0, 0)] * lhs.ndim
        for axis, pair, spread in zip(
            convolution.dimension_numbers.lhs_spec[2:], padding, dilation, strict=True
        ):
            config[axis] = (*pair, spread - 1)
        lhs = lax.pad(lhs, jnp.zeros((), lhs.dtype), config)
        padding, dilation = ((0, 0),) * len(padding), (1,) * len(padding)
    params = convolution.params | {"padding": padding, "lhs_dilation": dilation}
    return lax.conv_general_dilated_p.bind(lhs, rhs, **params)


def by_matmul(convolution: Convolution, lhs: Array, rhs: Array) -> Array:
    """Computes as one matrix product what sees each element once: 1×1 windows, or all at once."""
    images, kernels = images_of(convolution, lhs), kernels_of(convolution, rhs)
    if prod(convolution.window) == 1:
        steps = (slice(None, None, stride) for stride in convolution.strides)
        images = images[(slice(None), slice(None), *steps)]
        outputs = _matmul(images, kernels.reshape(kernels.shape[0], *kernels.shape[-2:]), 1)
    else:
        outputs = _matmul(images, kernels, kernels.ndim - 2)
        outputs = jnp.expand_dims(outputs, tuple(range(2, images.ndim - 1)))
    return output_of(convolution, outputs)


def _matmul(images: Array, kernels: Array, contracted: int) -> Array:
    """Multiplies group by group, over the last axes of images and the first of kernels."""
    if images.shape[0] == 1:
        return jnp.tensordot(images[0], kernels[0], contracted)[None]
    over = tuple(range(images.ndim - contracted, images.ndim)), tuple(range(1, contracted + 1))
    return lax.dot_general(images, kernels, (over, ((0,), (0,))))


def by_im2col(
    convolution: Convolution, lhs: Array, rhs: Array, *, budget: float, merged: int
) -> Array:
    """Computes by matrix products with all patches."""
    if is_kernel_gradient(convolution):
        dense = in_strips_kernel_gradient(partial(im2col_kernel_gradient, budget=budget), budget)
        return kernel_gradient(convolution, lhs, rhs, dense, merged=merged)
    dense = in_strips(partial(im2col, budget=budget), budget)
    return forward(convolution, lhs, rhs, dense, merged=merged)


def by_winograd(
    convolution: Convolution, lhs: Array, rhs: Array, *, budget: float, merged: int
) -> Array:
    """Computes by minimal filtering."""
    if is_kernel_gradient(convolution):
        dense = in_strips_kernel_gradient(partial(winograd_kernel_gradient, budget=budget), budget)
        return kernel_gradient(convolution, lhs, rhs, dense, merged=merged)
    dense = in_strips(partial(winograd, budget=budget), budget)
    return forward(convolution, lhs, rhs, dense, merged=merged)


def by_depthwise(convolution: Convolution, lhs: Array, rhs: Array, *, budget: float) -> Array:
    """Computes by shifted multiply-adds; each pair of channels of a group is one of its own."""
    if is_kernel_gradient(convolution):
        return _depthwise_gradient(convolution, lhs, rhs, budget)
    window = window_of(convolution)
    images = jnp.moveaxis(images_of(convolution, lhs), 0, -2)  # (N, *spatial, G, C)
    kernels = jnp.moveaxis(kernels_of(convolution, rhs), 0, -3)  # (*window, G, C, O)
    pairs = _pairs(images[..., None], kernels.shape[-3:])
    outputs = depthwise(pairs, _flatten(kernels, 3), window, budget=budget)
    outputs = outputs.reshape(*outputs.shape[:-1], *kernels.shape[-3:]).sum(-2)
    return output_of(convolution, jnp.moveaxis(outputs, -2, 0))


def _depthwise_gradient(convolution: Convolution, lhs: Array, rhs: Array, budget: float) -> Array:
    gradient = KernelGradient.of(convolution, lhs, rhs)
    images = jnp.moveaxis(gradient.images, 0, -2)[..., None]  # (N, *spatial, G, C, 1)
    cotangents = jnp.moveaxis(gradient.cotangents, 0, -2)[..., None, :]  # (N, *outputs, G, 1, O)
    shape = (*images.shape[-3:-1], cotangents.shape[-1])
    kernels = depthwise_kernel_gradient(
        _pairs(images, shape), _pairs(cotangents, shape), gradient.window, budget=budget
    )
    kernels = jnp.moveaxis(kernels.reshape(*kernels.shape[:-1], *shape), -3, 0)
    return output_of(convolution, jnp.moveaxis(gradient.kernels(kernels), -2, 1))


def _pairs(array: Array, shape: tuple[int, ...]) -> Array:
    """Repeats the last three axes to (groups, C, O) and makes them one."""
    return _flatten(jnp.broadcast_to(array, (*array.shape[:-3], *shape)), 3)


def _flatten(array: Array, axes: int) -> Array:
    return array.reshape(*array.shape[:-axes], -1)
