"""Transposed convolution: from the shape of a convolution's outputs back to that of its inputs."""

import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike, DTypeLike

from jaxcnn.functional._conv_general_dilated import conv_general_dilated
from jaxcnn.functional._conv_operands import (
    add_bias,
    channels_last,
    check_operands,
    conv_operands,
    wrap,
)
from jaxcnn.functional._conv_transpose_geometry import conv_transpose_geometry
from jaxcnn.functional._padding import PaddingLike
from jaxcnn.functional._spatial import IntOrInts, spatial_shape_of


def conv_transpose(
    inputs: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    strides: IntOrInts = 1,
    padding: PaddingLike = "SAME",
    kernel_dilation: IntOrInts = 1,
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
      two axes swapped. Then this is exactly the adjoint of `conv` without bias:
      `vdot(conv(x, k), y) == vdot(x, conv_transpose(y, k, transpose_kernel=True))`.

    Args:
        inputs: `(N, *spatial, C_in)`, or one example `(*spatial, C_in)`.
        kernel: `(*window, C_in, C_out)`, or `(*window, C_out, C_in)` with `transpose_kernel`.
        bias: `(C_out,)`, or None; in the dtype of the kernel or of the outputs.
        strides: strides of the forward convolution: how many times the output is larger.
        padding: padding of the forward convolution, as in `conv`: more of it makes the output
            smaller.
        kernel_dilation: distance of neighbouring kernel elements.
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
    inputs, kernel, bias = conv_operands(inputs, kernel, bias)
    spatial_rank = kernel.ndim - 2
    spatial_shape = spatial_shape_of(
        inputs, spatial_rank, told_by=f"kernel of shape {kernel.shape}"
    )
    check_operands(
        inputs,
        kernel,
        bias,
        preferred_element_type=preferred_element_type,
        kernel_axes=(-1, -2) if transpose_kernel else (-2, -1),
    )
    if transpose_kernel:
        kernel = jnp.flip(kernel, range(spatial_rank)).swapaxes(-1, -2)
    geometry = conv_transpose_geometry(
        spatial_shape,
        kernel.shape[:-2],
        strides=strides,
        padding=padding,
        kernel_dilation=kernel_dilation,
    )
    is_single = inputs.ndim == spatial_rank + 1
    batch = inputs[None] if is_single else inputs
    if padding == "CIRCULAR":
        batch = wrap(batch, tuple((side, side) for side in geometry.wrap))
    outputs = conv_general_dilated(
        batch,
        kernel,
        window_strides=(1,) * spatial_rank,
        padding=geometry.padding,
        lhs_dilation=geometry.strides,
        rhs_dilation=geometry.kernel_dilation,
        dimension_numbers=channels_last(spatial_rank),
        precision=precision,
        preferred_element_type=preferred_element_type,
    )
    outputs = add_bias(outputs, bias)
    return outputs[0] if is_single else outputs
