"""Two forms of a convolution, and how each is computed group by group.

The gradient of a convolution by its kernel arrives as a convolution as well: its examples are the
channels, its channels the examples, and its window, large as the cotangents, has few positions.
What was the kernel's window are these positions. Methods want to know.
"""

import dataclasses
from collections.abc import Callable
from math import prod

import jax.numpy as jnp
from jax import Array

from jaxcnn.lowering._canonical import images_of, kernels_of, output_of
from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._groups import (
    map_groups,
    merge_channels,
    merge_kernels,
    split_channels,
    split_kernels,
)
from jaxcnn.lowering._window import Window

Dense = Callable[[Array, Array, Window], Array]
"""A method for one group: of images and kernel, or of images and cotangents."""


def is_kernel_gradient(convolution: Convolution) -> bool:
    """Whether it has the form of a gradient by the kernel: more taps than positions."""
    return prod(convolution.window) > prod(convolution.outputs)


def window_of(convolution: Convolution) -> Window:
    """Returns the window of a convolution without dilation of its input."""
    return Window(
        convolution.window, convolution.strides, convolution.padding, convolution.rhs_dilation
    )


def forward(
    convolution: Convolution, lhs: Array, rhs: Array, dense: Dense, *, merged: int = 1
) -> Array:
    """Convolves group by group.

    Args:
        convolution: what is convolved; no dilation of the input.
        lhs: the input.
        rhs: the kernel.
        dense: convolves `(N, *spatial, C)` with `(*window, C, O)`.
        merged: how many groups are made one, with zeros in its kernel.
    """
    window = window_of(convolution)
    images = merge_channels(images_of(convolution, lhs), merged)
    kernels = merge_kernels(kernels_of(convolution, rhs), merged)
    outputs = map_groups(lambda x, k: dense(x, k, window), images, kernels)
    return output_of(convolution, split_channels(outputs, merged))


@dataclasses.dataclass(frozen=True)
class KernelGradient:
    """A gradient by the kernel as one of the original convolution.

    Attributes:
        images: `(groups, N, *spatial, C)`.
        cotangents: `(groups, N, *outputs, O)`.
        window: how the original kernel slid over the images.
        is_swapped: whether images and cotangents have changed places, as they do where the original
            convolution dilated its input: it is the transpose of one that does not.
    """

    images: Array
    cotangents: Array
    window: Window
    is_swapped: bool

    @classmethod
    def of(cls, convolution: Convolution, lhs: Array, rhs: Array) -> "KernelGradient":
        """Reads a convolution as a gradient."""
        images = jnp.swapaxes(images_of(convolution, lhs), 1, -1)
        cotangents = jnp.moveaxis(kernels_of(convolution, rhs), -2, 1)
        if convolution.is_input_dilated:
            return cls(cotangents, images, _swapped_window(convolution), is_swapped=True)
        return cls(images, cotangents, _window(convolution), is_swapped=False)

    def kernels(self, gradients: Array) -> Array:
        """Returns gradients `(groups, *window, C, O)` of the original convolution's kernels."""
        if self.is_swapped:
            reversed_ = jnp.flip(gradients, tuple(range(1, gradients.ndim - 2)))
            return jnp.swapaxes(reversed_, -1, -2)
        return gradients


def kernel_gradient(
    convolution: Convolution, lhs: Array, rhs: Array, dense: Dense, *, merged: int = 1
) -> Array:
    """Computes what `is_kernel_gradient` group by group.

    Args:
        convolution: the gradient, as a convolution.
        lhs: its input.
        rhs: its kernel, which are the cotangents.
        dense: from `(N, *spatial, C)` and `(N, *outputs, O)` to `(*window, C, O)`.
        merged: how many groups are made one, of whose gradient only the blocks on the diagonal
            are kept.
    """
    gradient = KernelGradient.of(convolution, lhs, rhs)
    images = merge_channels(gradient.images, merged)
    cotangents = merge_channels(gradient.cotangents, merged)
    kernels = map_groups(lambda x, y: dense(x, y, gradient.window), images, cotangents)
    kernels = gradient.kernels(split_kernels(kernels, merged))
    return output_of(convolution, jnp.moveaxis(kernels, -2, 1))


def _window(convolution: Convolution) -> Window:
    rows = zip(
        convolution.spatial,
        convolution.padding,
        convolution.window,
        convolution.rhs_dilation,
        convolution.outputs,
        convolution.strides,
        strict=True,
    )
    # As much padding at the end as the cotangents' positions reach, no more.
    padding = tuple(
        (low, (outputs - 1) * stride + (window - 1) * gap + 1 - size - low)
        for size, (low, _), window, gap, outputs, stride in rows
    )
    return Window(convolution.outputs, convolution.rhs_dilation, padding, convolution.strides)


def _swapped_window(convolution: Convolution) -> Window:
    rows = zip(
        convolution.spatial,
        convolution.padding,
        convolution.window,
        convolution.lhs_dilation,
        convolution.outputs,
        convolution.strides,
        strict=True,
    )
    padding = []
    for size, (low, _), window, spread, outputs, stride in rows:
        reach = (outputs - 1) * stride
        padding.append((reach - low, (size - 1) * spread + 1 - window + low))
    return Window(
        convolution.outputs, convolution.lhs_dilation, tuple(padding), convolution.strides
    )
