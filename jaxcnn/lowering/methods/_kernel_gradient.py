"""Apply methods to convolutions, and to gradients of convolutions by their kernels.

The gradient of a convolution by its kernel arrives as a convolution as well
(`Convolution.is_kernel_gradient`): its examples are the channels, its channels the examples, and
its window, large as the cotangents, has few positions. These positions are the original kernel's
window. Methods get it as the gradient that it is.
"""

import dataclasses
from collections.abc import Callable

import jax.numpy as jnp
from jax import Array

from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._sliding_window import SlidingWindow
from jaxcnn.lowering.methods._groups import split_kernels

Forward = Callable[[Array, Array, SlidingWindow], Array]
"""``forward(images, kernels, window)``: from `(N, *spatial, channels)`, those of all groups side by
side, and `(groups, *window, C, O)` to `(N, *outputs, features)`."""

Gradient = Callable[[Array, Array, SlidingWindow, int], Array]
"""``gradient(images, cotangents, window, groups)``: from `(N, *spatial, channels)` and
`(N, *outputs, features)` to `(groups, *window, C, O)`."""


def window_of(convolution: Convolution) -> SlidingWindow:
    """Returns the window of a convolution without dilation of its input."""
    return SlidingWindow(
        convolution.spatial,
        convolution.window,
        convolution.strides,
        convolution.padding,
        convolution.rhs_dilation,
    )


def forward(convolution: Convolution, lhs: Array, rhs: Array, method: Forward) -> Array:
    """Convolves, by a method for images and kernels in canonical order.

    Args:
        convolution: what is convolved; no dilation of the input, no groups of examples.
        lhs: the input.
        rhs: the kernel.
        method: computes it.
    """
    images, kernels = convolution.images(lhs), convolution.kernels(rhs)
    outputs = method(images, kernels, window_of(convolution))
    return convolution.output(outputs)


@dataclasses.dataclass(frozen=True)
class KernelGradient:
    """A gradient by the kernel as one of the original convolution.

    Attributes:
        images: `(N, *spatial, channels)`.
        cotangents: `(N, *outputs, features)`.
        window: how the original kernel slid over the images.
        is_swapped: whether images and cotangents have changed places, as they do where the original
            convolution dilated its input: it is the transpose of one that does not.
    """

    images: Array
    cotangents: Array
    window: SlidingWindow
    is_swapped: bool

    @classmethod
    def of(cls, convolution: Convolution, lhs: Array, rhs: Array) -> "KernelGradient":
        """Reads a convolution as a gradient; it has no groups of features."""
        images = jnp.swapaxes(convolution.images(lhs), 0, -1)
        out, channel, *spatial = convolution.dimension_numbers.rhs_spec
        cotangents = rhs.transpose(channel, *spatial, out)
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
    convolution: Convolution, lhs: Array, rhs: Array, method: Gradient, *, merged: int = 1
) -> Array:
    """Computes a gradient by the kernel, by a method for arrays in canonical order.

    Args:
        convolution: the gradient, as a convolution without groups of features.
        lhs: its input.
        rhs: its kernel, which are the cotangents.
        method: computes it.
        merged: how many groups are made one, of whose gradient only the blocks on the diagonal
            are kept: as many times the work, for fewer and wider matrix products.
    """
    gradient = KernelGradient.of(convolution, lhs, rhs)
    groups = convolution.groups // merged
    kernels = method(gradient.images, gradient.cotangents, gradient.window, groups)
    return gradient_of(convolution, gradient.kernels(split_kernels(kernels, merged)))


def gradient_of(convolution: Convolution, kernels: Array) -> Array:
    """Returns `(groups, *window, C, O)` as the gradient's axes are."""
    moved = jnp.moveaxis(kernels, (-2, 0), (0, -2))
    return convolution.output(moved.reshape(*moved.shape[:-2], -1))


def _window(convolution: Convolution) -> SlidingWindow:
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
    return SlidingWindow(
        convolution.spatial,
        convolution.outputs,
        convolution.rhs_dilation,
        padding,
        convolution.strides,
    )


def _swapped_window(convolution: Convolution) -> SlidingWindow:
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
    return SlidingWindow(
        convolution.window,  # the cotangents, which are the images here
        convolution.outputs,
        convolution.lhs_dilation,
        tuple(padding),
        convolution.strides,
    )
