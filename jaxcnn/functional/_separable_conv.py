"""Convolutions that look at each channel by itself."""

import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike, DTypeLike

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
    """Convolves every channel with kernels of its own: `conv` with one group a channel.

    Output channel `c * multiplier + m` is channel c under its m-th kernel. The kernel is laid out
    as in `conv` and in `flax.nnx.Conv` with `feature_group_count=C`; one of Keras, of shape
    `(*window, C, multiplier)`, becomes it by `kernel.reshape(*window, 1, C * multiplier)`.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`.
        kernel: `(*window, 1, C * multiplier)`.
        bias: `(C * multiplier,)`, or None.
        strides: as in `conv`.
        padding: as in `conv`.
        kernel_dilation: as in `conv`.
        input_dilation: as in `conv`.
        flip_kernel: as in `conv`.
        precision: as in `conv`.
        preferred_element_type: as in `conv`.

    Returns:
        `(N, *output_spatial, C * multiplier)`, without N for one example.

    Raises:
        ValueError: as `conv`.
        TypeError: as `conv`.

    Example:
        >>> import jax.numpy as jnp
        >>> depthwise_conv(jnp.ones((8, 8, 3)), jnp.ones((3, 3, 1, 6))).shape
        (8, 8, 6)

    Source: Sifre, "Rigid-motion scattering for image classification", 2014.
    """
    inputs = jnp.asarray(inputs)
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
    """Convolves each channel by itself, then mixes the channels of each pixel.

    `conv(depthwise_conv(inputs, depthwise_kernel), pointwise_kernel, bias)`, which for a window of
    K elements takes `K*C + C*C_out` multiplications a position instead of `K*C*C_out`.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`.
        depthwise_kernel: `(*window, 1, C * multiplier)`, as in `depthwise_conv`.
        pointwise_kernel: `(1, ..., 1, C * multiplier, C_out)`.
        bias: `(C_out,)`, or None.
        strides: steps of the depthwise window; as in `conv`.
        padding: of the depthwise window; as in `conv`.
        kernel_dilation: of the depthwise kernel; as in `conv`.
        input_dilation: as in `conv`.
        flip_kernel: whether to turn the depthwise kernel round; as in `conv`.
        precision: as in `conv`, of both convolutions.
        preferred_element_type: dtype to accumulate in and to return. What lies between the two
            convolutions has the inputs' dtype.

    Returns:
        `(N, *output_spatial, C_out)`, without N for one example.

    Raises:
        ValueError: the window of `pointwise_kernel` is not all ones, or as `conv`.
        TypeError: as `conv`.

    Example:
        >>> import jax.numpy as jnp
        >>> image = jnp.ones((8, 8, 3))
        >>> separable_conv(image, jnp.ones((3, 3, 1, 3)), jnp.ones((1, 1, 3, 10))).shape
        (8, 8, 10)

    Source: Chollet, "Xception: deep learning with depthwise separable convolutions", 2017.
    """
    pointwise_kernel = jnp.asarray(pointwise_kernel)
    if any(size != 1 for size in pointwise_kernel.shape[:-2]):
        raise ValueError(
            "pointwise_kernel must have a window of ones, as (1, 1, C_in, C_out), "
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
