"""Convolution, channels last, of one to three spatial dimensions."""

import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike, DTypeLike

from jaxcnn.functional._conv_operands import conv_operands
from jaxcnn.functional._convolve import convolve
from jaxcnn.functional._padding import PaddingLike, is_named
from jaxcnn.functional._resolve import conv_window
from jaxcnn.functional._spatial import IntOrInts


def conv(
    inputs: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    strides: IntOrInts = 1,
    padding: PaddingLike = "SAME",
    kernel_dilation: IntOrInts = 1,
    input_dilation: IntOrInts = 1,
    feature_group_count: int = 1,
    flip_kernel: bool = False,
    precision: lax.PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """Slides `kernel` over `inputs`, summing the products at every position.

    In two dimensions, with stride S, on the padded input:

        outputs[n, i, j, o] = bias[o] + sum over h, w, c of
                              inputs[n, i*S + h, j*S + w, c] * kernel[h, w, c, o]

    This is cross-correlation, which deep learning calls convolution. The convolution of
    mathematics, which turns the kernel round first, is `flip_kernel=True`.

    Args:
        inputs: `(N, *spatial, C_in)`, or one example `(*spatial, C_in)`.
        kernel: `(*window, C_in / feature_group_count, C_out)`, such as HWIO; its rank tells the
            spatial rank, 1 to 3.
        bias: `(C_out,)`, or None; in the dtype of the kernel or of the outputs.
        strides: steps of the window, an int or one a dimension.
        padding: zeros around the input: `"SAME"`, `"VALID"`, an int, an int a dimension, or a
            (low, high) pair a dimension; or `"CIRCULAR"`, which continues the input periodically
            instead of by zeros. See `conv_output_shape`.
        kernel_dilation: distance of neighbouring kernel elements (atrous convolution).
        input_dilation: distance of neighbouring input elements, zeros between them.
        feature_group_count: number of groups of channels; outputs of a group see only its inputs.
        flip_kernel: whether to turn the kernel round in every spatial dimension.
        precision: precision of the products, see `jax.lax.Precision`.
        preferred_element_type: dtype to accumulate in and to return; None keeps the inputs' own,
            in which sums of small integers overflow.

    Returns:
        `(N, *output_spatial, C_out)`, without N for one example.

    Raises:
        ValueError: shapes do not agree, the kernel is larger than the padded input, or a stride,
            dilation, padding or group count is out of range.
        TypeError: inputs and kernel differ in dtype (a uint8 image and a float kernel, say), or an
            argument that counts is no integer.

    Example:
        >>> import jax.numpy as jnp
        >>> image, kernel = jnp.ones((32, 32, 3)), jnp.ones((5, 5, 3, 2))
        >>> conv(image, kernel, padding="VALID").shape
        (28, 28, 2)
        >>> conv(image[None], kernel, strides=2).shape
        (1, 16, 16, 2)

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.
    """
    inputs, kernel, bias, spatial_shape = conv_operands(
        inputs,
        kernel,
        bias,
        feature_group_count=feature_group_count,
        preferred_element_type=preferred_element_type,
    )
    window = conv_window(
        spatial_shape,
        kernel.shape[:-2],
        strides=strides,
        padding=padding,
        kernel_dilation=kernel_dilation,
        input_dilation=input_dilation,
    )
    return convolve(
        inputs,
        jnp.flip(kernel, range(len(spatial_shape))) if flip_kernel else kernel,
        bias,
        window,
        wrap=window.padding if is_named(padding, "CIRCULAR") else None,
        feature_group_count=feature_group_count,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )
