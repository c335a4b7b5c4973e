"""Transposed convolution: from the output shape of a convolution back to its input shape."""

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
    output_padding: IntOrInts = 0,
    feature_group_count: int = 1,
    transpose_kernel: bool = False,
    precision: lax.PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """Apply a transposed convolution (also called deconvolution), which enlarges its input.

    Each input element adds a copy of `kernel`, multiplied by the element, to the output. The copies
    of neighboring elements are one stride apart. A transposed convolution maps the output shape of
    an ordinary convolution, here called the *forward* convolution, back to its input shape.
    Padding, strides and dilation are given for the forward convolution, as in PyTorch and in
    `jax.lax.conv_transpose(..., use_consistent_padding=True)`.

    In each dimension, with input size W, kernel size K, stride S, padding P (both sides together)
    and output padding O, the output size is

        (W - 1) * S + K - P + O
        W * S                    with SAME and CIRCULAR padding
        W * S + max(K - S, 0)    with VALID padding

    The kernel has one of two layouts:

    - By default, the layout is HWIO, where I counts the channels of `inputs`. The kernel is not
      flipped. `lax.conv_transpose` and `flax.nnx.ConvTranspose` do the same.
    - With `transpose_kernel=True`, `kernel` is the kernel of the forward convolution. The function
      flips this kernel and swaps its last two axes within each group. The result is exactly the
      adjoint of `conv` without bias: `vdot(conv(x, k), y) == vdot(x, conv_transpose(y, k,
      transpose_kernel=True))`.

    Args:
        inputs: `(N, *spatial, C_in)`, or one example `(*spatial, C_in)`.
        kernel: `(*window, C_in / feature_group_count, C_out)`, or with `transpose_kernel`
            `(*window, C_out / feature_group_count, C_in)`.
        bias: `(C_out,)`, in the dtype of the kernel or of the outputs; or None.
        strides: Strides of the forward convolution: an int, or one int per dimension. The output is
            larger by this factor.
        padding: Padding of the forward convolution: `"SAME"`, `"VALID"`, `"CIRCULAR"`, an int, an
            int per dimension, or a (low, high) pair per dimension. More padding makes the output
            smaller.
        kernel_dilation: Distance between neighboring kernel elements.
        output_padding: Number of elements added at the end of each dimension of the output: an int,
            or one int per dimension, less than the stride. With strides above 1, the forward
            convolution maps several input sizes to one output size. `output_padding` chooses one of
            these input sizes, as in PyTorch. Use it only with a `padding` of ints or pairs, not
            with a name.
        feature_group_count: Number of groups of channels; the outputs of a group depend only on the
            inputs of that group.
        transpose_kernel: Whether `kernel` is the kernel of the forward convolution.
        precision: Precision of the products, a `jax.lax.Precision` or its name. None uses JAX's
            default.
        preferred_element_type: Dtype to accumulate in and to return; None keeps the inputs' dtype.

    Returns:
        `(N, *output_spatial, C_out)`, without N for one example.

    Raises:
        ValueError: If shapes do not agree, the padding leaves no output, or an argument is out of
            range.
        TypeError: If inputs and kernel differ in dtype, or an integer argument is not an integer.

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
        output_padding=output_padding,
    )
    return convolve(
        inputs,
        _flip_and_swap(kernel, feature_group_count) if transpose_kernel else kernel,
        bias,
        window,
        wrap=elements_to_wrap(window) if is_named(padding, "CIRCULAR") else None,
        feature_group_count=feature_group_count,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )


def _flip_and_swap(kernel: Array, groups: int) -> Array:
    """Flip `(*window, C_out / groups, C_in)` and turn it into `(*window, C_in / groups, C_out)`."""
    *window, outputs, channels = kernel.shape
    flipped = jnp.flip(kernel, range(len(window)))
    by_group = flipped.reshape(*window, outputs, groups, channels // groups)
    return by_group.swapaxes(-1, -3).reshape(*window, channels // groups, groups * outputs)
