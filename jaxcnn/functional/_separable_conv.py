"""Depthwise and depthwise separable convolution."""

from jax import Array, lax
from jax.typing import ArrayLike, DTypeLike

from jaxcnn._support.arrays import as_operand
from jaxcnn.functional._conv import conv
from jaxcnn.functional._padding import PaddingLike
from jaxcnn.functional._resolve import IntOrInts


def depthwise_conv(
    inputs: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    strides: IntOrInts = 1,
    padding: PaddingLike = "SAME",
    kernel_dilation: IntOrInts = 1,
    input_dilation: IntOrInts = 1,
    flip_kernel: bool = False,
    precision: lax.PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """Convolve each channel separately with its own kernels (depthwise convolution).

    A depthwise convolution is `conv` with one group per channel. It is much cheaper than a full
    convolution, but does not mix channels. `separable_conv` mixes the channels afterwards. Output
    channel ``c * multiplier + m`` is channel c convolved with its kernel m. In each dimension, with
    input size W, kernel size K, padding P (both sides together) and stride S, the output size is

        floor((W - K + P) / S) + 1
        ceil(W / S)                   with SAME and CIRCULAR padding

    The kernel has the same layout as in `flax.nnx.Conv` with `feature_group_count=C`. To convert a
    kernel from Keras, of shape `(*window, C, multiplier)`, use
    `kernel.reshape(*window, 1, C * multiplier)`.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`.
        kernel: `(*window, 1, C * multiplier)`.
        bias: `(C * multiplier,)`, or None.
        strides: Steps of the window: an int, or one int per dimension.
        padding: Zeros around the input: `"SAME"`, `"VALID"` (none), an int, an int per dimension,
            or a (low, high) pair per dimension. `"CIRCULAR"` continues the input periodically
            instead of adding zeros.
        kernel_dilation: Distance between neighboring kernel elements (atrous convolution).
        input_dilation: Distance between neighboring input elements, with zeros between them.
        flip_kernel: Whether to reverse the kernel in each spatial dimension.
        precision: Precision of the products, a `jax.lax.Precision` or its name. None uses JAX's
            default.
        preferred_element_type: Dtype to accumulate in and to return; None keeps the inputs' dtype.

    Returns:
        `(N, *output_spatial, C * multiplier)`, without N for one example.

    Raises:
        ValueError: If shapes do not agree, or the kernel is larger than the padded input. Also if
            an argument is out of range.
        TypeError: If inputs and kernel differ in dtype, or an integer argument is not an integer.

    Example:
        >>> import jax.numpy as jnp
        >>> depthwise_conv(jnp.ones((8, 8, 3)), jnp.ones((3, 3, 1, 6))).shape
        (8, 8, 6)

    Source: Sifre, "Rigid-motion scattering for image classification", 2014.
    """
    inputs = as_operand("inputs", inputs)
    return conv(
        inputs,
        kernel,
        bias,
        strides=strides,
        padding=padding,
        kernel_dilation=kernel_dilation,
        input_dilation=input_dilation,
        flip_kernel=flip_kernel,
        feature_group_count=inputs.shape[-1] if inputs.ndim else 1,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )


def separable_conv(
    inputs: ArrayLike,
    depthwise_kernel: ArrayLike,
    pointwise_kernel: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    strides: IntOrInts = 1,
    padding: PaddingLike = "SAME",
    kernel_dilation: IntOrInts = 1,
    input_dilation: IntOrInts = 1,
    flip_kernel: bool = False,
    precision: lax.PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
) -> Array:
    """Apply a depthwise separable convolution: each channel separately, then a 1×1 convolution.

    The result is `conv(depthwise_conv(inputs, depthwise_kernel), pointwise_kernel, bias)`. For a
    window of K elements and a multiplier of 1, `separable_conv` takes ``K*C + C*C_out``
    multiplications per position. `conv` takes ``K*C*C_out``.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`.
        depthwise_kernel: `(*window, 1, C * multiplier)`, convolved with each channel separately.
        pointwise_kernel: `(1, ..., 1, C * multiplier, C_out)`, which mixes the channels.
        bias: `(C_out,)`, or None.
        strides: Steps of the depthwise window: an int, or one int per dimension.
        padding: Padding of the depthwise window: `"SAME"`, `"VALID"`, `"CIRCULAR"`, an int, an int
            per dimension, or a (low, high) pair per dimension.
        kernel_dilation: Distance between neighboring elements of the depthwise kernel.
        input_dilation: Distance between neighboring input elements, with zeros between them.
        flip_kernel: Whether to reverse the depthwise kernel in each spatial dimension.
        precision: Precision of the products of both convolutions, a `jax.lax.Precision` or its
            name. None uses JAX's default.
        preferred_element_type: Dtype in which the second convolution accumulates, and dtype of the
            outputs. The result of the first convolution has the inputs' dtype.

    Returns:
        `(N, *output_spatial, C_out)`, without N for one example.

    Raises:
        ValueError: If `pointwise_kernel` has a window size other than 1, or shapes do not agree.
            Also if the depthwise kernel is larger than the padded input, or an argument is out of
            range.
        TypeError: If inputs and kernels differ in dtype, or an integer argument is not an integer.

    Example:
        >>> import jax.numpy as jnp
        >>> image = jnp.ones((8, 8, 3))
        >>> separable_conv(image, jnp.ones((3, 3, 1, 3)), jnp.ones((1, 1, 3, 10))).shape
        (8, 8, 10)

    Source: Chollet, "Xception: deep learning with depthwise separable convolutions", 2017.
    """
    pointwise_kernel = as_operand("pointwise_kernel", pointwise_kernel)
    if any(size != 1 for size in pointwise_kernel.shape[:-2]):
        raise ValueError(
            "pointwise_kernel: expected a window of ones, as (1, 1, C_in, C_out), "
            f"got shape {pointwise_kernel.shape}"
        )
    filtered = depthwise_conv(
        inputs,
        depthwise_kernel,
        strides=strides,
        padding=padding,
        kernel_dilation=kernel_dilation,
        input_dilation=input_dilation,
        flip_kernel=flip_kernel,
        precision=precision,
    )
    return conv(
        filtered,
        pointwise_kernel,
        bias,
        padding="VALID",
        precision=precision,
        preferred_element_type=preferred_element_type,
    )
