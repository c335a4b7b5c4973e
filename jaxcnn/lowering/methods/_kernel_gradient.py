"""Apply methods to convolutions and to kernel gradients.

JAX expresses the gradient of a convolution with respect to its kernel as a convolution too
(`Convolution.is_kernel_gradient`). The examples of that convolution are the channels of the
original one, and its channels are the examples of the original. Its window is as large as the
cotangents and has few positions: one per tap of the original kernel. This module turns it back into
images, cotangents and the original window.
"""

import dataclasses
from collections.abc import Callable

import jax.numpy as jnp
from jax import Array

from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._sliding_window import SlidingWindow
from jaxcnn.lowering.methods._groups import split_kernels

Forward = Callable[[Array, Array, SlidingWindow], Array]
"""``forward(images, kernels, window)``: from `(N, *spatial, channels)`, the channels of all groups
on one axis, and `(groups, *window, C, O)` to `(N, *outputs, features)`."""

Gradient = Callable[[Array, Array, SlidingWindow, int], Array]
"""``gradient(images, cotangents, window, groups)``: from `(N, *spatial, channels)` and
`(N, *outputs, features)` to `(groups, *window, C, O)`."""


def window_of(convolution: Convolution) -> SlidingWindow:
    """Return the window of a convolution whose input is not dilated."""
    return SlidingWindow(
        convolution.spatial,
        convolution.window,
        convolution.strides,
        convolution.padding,
        convolution.rhs_dilation,
    )


def forward(convolution: Convolution, lhs: Array, rhs: Array, method: Forward) -> Array:
    """Compute a convolution by a method for images and kernels in channels-last order.

    Args:
        convolution: The convolution; without input dilation and batch groups.
        lhs: The input.
        rhs: The kernel.
        method: The method.
    """
    images, kernels = convolution.images(lhs), convolution.kernels(rhs)
    outputs = method(images, kernels, window_of(convolution))
    return convolution.output(outputs)


@dataclasses.dataclass(frozen=True)
class KernelGradient:
    """A kernel gradient, in terms of the original convolution.

    Attributes:
        images: `(N, *spatial, channels)`.
        cotangents: `(N, *outputs, features)`.
        window: The window of the original kernel on the images.
        is_swapped: Whether images and cotangents are swapped. They are if the original convolution
            dilated its input: it is then the transpose of a convolution that does not.
    """

    images: Array
    cotangents: Array
    window: SlidingWindow
    is_swapped: bool

    @classmethod
    def of(cls, convolution: Convolution, lhs: Array, rhs: Array) -> "KernelGradient":
        """Recover the original convolution from a kernel gradient without feature groups."""
        images = jnp.swapaxes(convolution.images(lhs), 0, -1)
        out, channel, *spatial = convolution.dimension_numbers.rhs_spec
        cotangents = rhs.transpose(channel, *spatial, out)
        if convolution.is_input_dilated:
            return cls(cotangents, images, _swapped_window(convolution), is_swapped=True)
        return cls(images, cotangents, _window(convolution), is_swapped=False)

    def kernels(self, gradients: Array) -> Array:
        """Return gradients `(groups, *window, C, O)` of the original convolution's kernels."""
        if self.is_swapped:
            reversed_ = jnp.flip(gradients, tuple(range(1, gradients.ndim - 2)))
            return jnp.swapaxes(reversed_, -1, -2)
        return gradients


def kernel_gradient(
    convolution: Convolution, lhs: Array, rhs: Array, method: Gradient, *, merged: int = 1
) -> Array:
    """Compute a kernel gradient by a method for arrays in channels-last order.

    Args:
        convolution: The gradient as a convolution, without feature groups.
        lhs: Its input.
        rhs: Its kernel, which holds the cotangents.
        method: The method.
        merged: Number of groups that are merged into one. Only the diagonal blocks of the merged
            gradient are kept, so the work is multiplied by this number, but the matrix products
            are fewer and wider.
    """
    gradient = KernelGradient.of(convolution, lhs, rhs)
    groups = convolution.groups // merged
    kernels = method(gradient.images, gradient.cotangents, gradient.window, groups)
    return gradient_of(convolution, gradient.kernels(split_kernels(kernels, merged)))


def gradient_of(convolution: Convolution, kernels: Array) -> Array:
    """Bring `(groups, *window, C, O)` to the axis order of the gradient."""
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
    # The padding at the end covers exactly the elements that the window reaches.
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
        convolution.window,  # the size of the cotangents, which take the role of the images
        convolution.outputs,
        convolution.lhs_dilation,
        tuple(padding),
        convolution.strides,
    )
