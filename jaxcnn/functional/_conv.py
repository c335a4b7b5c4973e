"""Convolution in one to three spatial dimensions, channels last, and its shared parts."""

import jax.numpy as jnp
from jax import Array, lax
from jax.lax import ConvDimensionNumbers
from jax.typing import ArrayLike, DTypeLike

from jaxcnn._support.arguments import per_axis
from jaxcnn._support.arrays import as_operand
from jaxcnn.functional._conv_general_dilated import conv_general_dilated
from jaxcnn.functional._padding import PaddingLike, is_named
from jaxcnn.functional._resolve import IntOrInts, conv_window, spatial_shape_of
from jaxcnn.lowering import PaddingPairs, SlidingWindow


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
    """Convolve `inputs` with `kernel`: the sum of products at each position of the kernel.

    In two dimensions, on the padded input, with stride S:

        outputs[n, i, j, o] = bias[o] + sum over h, w, c of
                              inputs[n, i*S + h, j*S + w, c] * kernel[h, w, c, o]

    In each dimension, with input size W, kernel size K, padding P (both sides together) and stride
    S, the output size is

        floor((W - K + P) / S) + 1
        ceil(W / S)                   with SAME and CIRCULAR padding

    With dilation, the formulas use enlarged sizes: an `input_dilation` of D turns W into
    ``(W - 1) * D + 1``, and a `kernel_dilation` of D turns K into ``(K - 1) * D + 1``.
    `conv_output_shape` computes the sizes.

    This operation is cross-correlation, but in deep learning it is called convolution. In
    mathematics, a convolution reverses the kernel; `flip_kernel=True` does so, too.

    Args:
        inputs: `(N, *spatial, C_in)`, or one example `(*spatial, C_in)`.
        kernel: `(*window, C_in / feature_group_count, C_out)`, such as HWIO. The rank of the kernel
            determines the spatial rank, 1 to 3.
        bias: `(C_out,)`, in the dtype of the kernel or of the outputs; or None.
        strides: Steps of the window: an int, or one int per dimension.
        padding: Zeros around the input: `"SAME"`, `"VALID"` (none), an int, an int per dimension,
            or a (low, high) pair per dimension. `"CIRCULAR"` continues the input periodically
            instead of adding zeros.
        kernel_dilation: Distance between neighboring kernel elements (atrous convolution).
        input_dilation: Distance between neighboring input elements, with zeros between them.
        feature_group_count: Number of groups of channels; the outputs of a group depend only on the
            inputs of that group.
        flip_kernel: Whether to reverse the kernel in each spatial dimension.
        precision: Precision of the products, a `jax.lax.Precision` or its name. None uses JAX's
            default.
        preferred_element_type: Dtype to accumulate in and to return. None keeps the inputs' dtype.
            If the inputs are int8 or uint8, the sums can then overflow.

    Returns:
        `(N, *output_spatial, C_out)`, without N for one example.

    Raises:
        ValueError: If shapes do not agree, or the kernel is larger than the padded input. Also if a
            stride, dilation, padding or group count is out of range.
        TypeError: If inputs and kernel differ in dtype (a uint8 image and a float kernel, say), or
            an integer argument is not an integer.

    Example:
        >>> import jax.numpy as jnp
        >>> x = jnp.arange(1.0, 10).reshape(3, 3, 1)
        >>> conv(x, jnp.ones((2, 2, 1, 1)), padding="VALID")[..., 0]  # 12 = 1 + 2 + 4 + 5
        Array([[12., 16.],
               [24., 28.]], dtype=float32)
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


def conv_operands(
    inputs: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None,
    *,
    feature_group_count: int,
    preferred_element_type: DTypeLike | None,
    transpose_kernel: bool = False,
) -> tuple[Array, Array, Array | None, tuple[int, ...]]:
    """Return the operands as arrays and the inputs' spatial shape; raise unless all agree.

    The kernel is `(*window, C_in / groups, C_out)`, or with `transpose_kernel`
    `(*window, C_out / groups, C_in)`.
    """
    inputs, kernel = as_operand("inputs", inputs), as_operand("kernel", kernel)
    if inputs.dtype != kernel.dtype:
        raise TypeError(
            f"inputs: expected the kernel's dtype, {kernel.dtype}, got {inputs.dtype} "
            "(convert one of them with .astype, and remember to rescale pixels of 0 to 255)"
        )
    implied_by = f"kernel of shape {kernel.shape}"
    spatial_shape = spatial_shape_of(inputs, kernel.ndim - 2, implied_by=implied_by)
    if 0 in kernel.shape:
        raise ValueError(
            "kernel: expected at least one element in its window, one input channel and one "
            f"filter, got shape {kernel.shape}"
        )
    (groups,) = per_axis("feature_group_count", feature_group_count, 1)
    grouped, whole = kernel.shape[-2] * groups, kernel.shape[-1]
    c_in, c_out = (whole, grouped) if transpose_kernel else (grouped, whole)
    _check_channels(inputs, kernel, c_in, groups)
    if bias is not None:
        bias = as_operand("bias", bias)
        _check_bias(bias, c_out, kernel.dtype, preferred_element_type)
    return inputs, kernel, bias, spatial_shape


def _check_channels(inputs: Array, kernel: Array, c_in: int, groups: int) -> None:
    channels, filters = inputs.shape[-1], kernel.shape[-1]
    if channels % groups or filters % groups:
        raise ValueError(
            f"feature_group_count: expected a divisor of the inputs' {channels} channels and the "
            f"kernel's {filters} filters, got {groups}"
        )
    if c_in != channels:
        in_groups = f" ({c_in // groups} in each of {groups} groups)" if groups > 1 else ""
        raise ValueError(
            f"inputs: expected {c_in} channels{in_groups}, for a kernel of shape {kernel.shape}, "
            f"got {channels} in shape {inputs.shape} (the last axis is channels)"
        )


def _check_bias(
    bias: Array, c_out: int, dtype: DTypeLike, preferred_element_type: DTypeLike | None
) -> None:
    if bias.shape != (c_out,):
        raise ValueError(f"bias: expected shape ({c_out},), one value per filter, got {bias.shape}")
    allowed = {jnp.dtype(t) for t in (dtype, preferred_element_type) if t is not None}
    if bias.dtype not in allowed:
        raise TypeError(
            f"bias: expected dtype {' or '.join(sorted(map(str, allowed)))}, got {bias.dtype}"
        )


def convolve(
    inputs: Array,
    kernel: Array,
    bias: Array | None,
    window: SlidingWindow,
    *,
    wrap: PaddingPairs | None,
    feature_group_count: int,
    precision: lax.PrecisionLike,
    preferred_element_type: DTypeLike | None,
) -> Array:
    """Convolve `(N, *spatial, C_in)`, or one example, with `(*window, C_in / groups, C_out)`.

    `wrap` is the part of the padding, in input elements before dilation, that continues the input
    periodically; the rest of the padding is zeros.
    """
    spatial_rank = kernel.ndim - 2
    is_single = inputs.ndim == spatial_rank + 1
    outputs = conv_general_dilated(
        _wrap(inputs[None] if is_single else inputs, wrap),
        kernel,
        window_strides=window.strides,
        padding=_zeros(window, wrap),
        lhs_dilation=window.input_dilation,
        rhs_dilation=window.dilation,
        dimension_numbers=_channels_last(spatial_rank),
        feature_group_count=feature_group_count,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )
    if bias is not None:
        outputs += bias.astype(outputs.dtype).reshape((1,) * (outputs.ndim - 1) + bias.shape)
    return outputs[0] if is_single else outputs


def _wrap(batch: Array, pairs: PaddingPairs | None) -> Array:
    """Pad `(N, *spatial, C)` periodically: with elements of the opposite side."""
    if pairs is None or not any(map(any, pairs)):
        return batch
    return jnp.pad(batch, ((0, 0), *pairs, (0, 0)), mode="wrap")


def _zeros(window: SlidingWindow, wrap: PaddingPairs | None) -> PaddingPairs:
    """Return the zero padding that remains after periodic padding."""
    if wrap is None:
        return window.padding
    rows = zip(window.padding, wrap, window.input_dilation, strict=True)
    return tuple(
        (low - before * dilation, high - after * dilation)
        for (low, high), (before, after), dilation in rows
    )


def _channels_last(spatial_rank: int) -> ConvDimensionNumbers:
    """Return the dimension numbers of `(N, *spatial, C)` and `(*window, I, O)`."""
    spatial = tuple(range(1, spatial_rank + 1))
    images = (0, spatial_rank + 1, *spatial)
    kernel = (spatial_rank + 1, spatial_rank, *range(spatial_rank))
    return ConvDimensionNumbers(images, kernel, images)
