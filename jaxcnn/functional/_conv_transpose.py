"""Transposed convolution: from the shape of a convolution's outputs back to that of its inputs."""

import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike, DTypeLike

from jaxcnn.functional._conv import conv_operands, convolve
from jaxcnn.functional._padding import PaddingLike, is_named
from jaxcnn.functional._resolve import IntOrInts, conv_transpose_window, elements_to_wrap


def conv_transpose(
    inputs: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    strides: IntOrInts = 1,
    padding: PaddingLike = "SAME",
    kernel_dilation: IntOrInts = 1,
    feature_group_count: int = 1,
    transpose_kernel: bool = False,
    precision: lax.PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """Puts a copy of `kernel`, weighted by the input, at every stride of a larger output.

    It has the shapes of a convolution's gradient with respect to its input: strides enlarge, and
    padding, strides and dilation are those of the *forward* convolution, as in PyTorch and in
    `jax.lax.conv_transpose(..., use_consistent_padding=True)`. The kernel has one of two layouts:

    - as it is, HWIO with I the channels of *these* inputs, and not flipped: as `lax.conv_transpose`
      and `flax.nnx.ConvTranspose` do;
    - with `transpose_kernel=True`, the forward convolution's own kernel: flipped and with its last
      two axes swapped within each group. Then this is exactly the adjoint of `conv` without bias:
      `vdot(conv(x, k), y) == vdot(x, conv_transpose(y, k, transpose_kernel=True))`.

    Args:
        inputs: `(N, *spatial, C_in)`, or one example `(*spatial, C_in)`.
        kernel: `(*window, C_in / feature_group_count, C_out)`, or with `transpose_kernel`
            `(*window, C_out / feature_group_count, C_in)`.
        bias: `(C_out,)`, or None; in the dtype of the kernel or of the outputs.
        strides: strides of the forward convolution: how many times the output is larger.
        padding: padding of the forward convolution, as in `conv`: more of it makes the output
            smaller.
        kernel_dilation: distance of neighboring kernel elements.
        feature_group_count: number of groups of channels, as in `conv`.
        transpose_kernel: whether `kernel` is that of the forward convolution.
        precision: as in `conv`.
        preferred_element_type: as in `conv`.

    Returns:
        `(N, *output_spatial, C_out)`, without N for one example; the sizes are those of
        `conv_transpose_output_shape`.

    Raises:
        ValueError: shapes do not agree, the padding leaves no output, or an argument is out of
            range.
        TypeError: inputs and kernel differ in dtype, or an argument that counts is no integer.

    Example:
        >>> import jax.numpy as jnp
        >>> conv_transpose(jnp.ones((14, 14, 8)), jnp.ones((3, 3, 8, 4)), strides=2).shape
        (28, 28, 4)

    Source: Zeiler, Krishnan, Taylor and Fergus, "Deconvolutional networks", 2010.
    """
    inputs, kernel, bias, spatial_shape = conv_operands(
        inputs,
        kernel,
        bias,
        feature_group_count=feature_group_count,
        preferred_element_type=preferred_element_type,
        transpose_kernel=transpose_kernel,
    )
    window = conv_transpose_window(
        spatial_shape,
        kernel.shape[:-2],
        strides=strides,
        padding=padding,
        kernel_dilation=kernel_dilation,
    )
    return convolve(
        inputs,
        _turned_round(kernel, feature_group_count) if transpose_kernel else kernel,
        bias,
        window,
        wrap=elements_to_wrap(window) if is_named(padding, "CIRCULAR") else None,
        feature_group_count=feature_group_count,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )


def _turned_round(kernel: Array, groups: int) -> Array:
    """Flips `(*window, C_out / groups, C_in)` and makes it `(*window, C_in / groups, C_out)`."""
    *window, outputs, channels = kernel.shape
    flipped = jnp.flip(kernel, range(len(window)))
    by_group = flipped.reshape(*window, outputs, groups, channels // groups)
    return by_group.swapaxes(-1, -3).reshape(*window, channels // groups, groups * outputs)
