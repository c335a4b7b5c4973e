"""Compute output shapes from input shapes, on Python integers, without any array."""

from collections.abc import Sequence

from jaxcnn.functional._padding import PaddingLike
from jaxcnn.functional._resolve import IntOrInts, conv_transpose_window, conv_window, pool_window


def conv_output_shape(
    spatial_shape: Sequence[int],
    kernel_shape: Sequence[int],
    *,
    strides: IntOrInts = 1,
    padding: PaddingLike = "SAME",
    kernel_dilation: IntOrInts = 1,
    input_dilation: IntOrInts = 1,
) -> tuple[int, ...]:
    """Compute the spatial output shape of a convolution.

    In each dimension, with input size W, kernel size K, padding P (both sides together) and stride
    S, the output size is

        floor((W - K + P) / S) + 1
        ceil(W / S)                   with SAME and CIRCULAR padding

    With dilation, the formulas use enlarged sizes: an `input_dilation` of D turns W into
    ``(W - 1) * D + 1``, and a `kernel_dilation` of D turns K into ``(K - 1) * D + 1``.

    Args:
        spatial_shape: Sizes of the input without batch and channels, such as `(H, W)`.
        kernel_shape: Sizes of the kernel without channels, such as `(5, 5)`.
        strides: Steps of the window: an int, or one int per dimension.
        padding: `"SAME"`, `"VALID"` (none), `"CIRCULAR"`, an int, an int per dimension, or a
            (low, high) pair per dimension.
        kernel_dilation: Distance between neighboring kernel elements.
        input_dilation: Distance between neighboring input elements.

    Returns:
        The sizes of the output, one per spatial dimension.

    Raises:
        ValueError: If the kernel is larger than the padded input, or an argument is out of range.
        TypeError: If an integer argument is not an integer.

    Example:
        >>> conv_output_shape((32, 32), (5, 5), padding="VALID")
        (28, 28)
    """
    return conv_window(
        spatial_shape,
        kernel_shape,
        strides=strides,
        padding=padding,
        kernel_dilation=kernel_dilation,
        input_dilation=input_dilation,
    ).outputs


def conv_transpose_output_shape(
    spatial_shape: Sequence[int],
    kernel_shape: Sequence[int],
    *,
    strides: IntOrInts = 1,
    padding: PaddingLike = "SAME",
    kernel_dilation: IntOrInts = 1,
    output_padding: IntOrInts = 0,
) -> tuple[int, ...]:
    """Compute the spatial output shape of a transposed convolution.

    An ordinary (forward) convolution with the same arguments turns the returned shape back into
    `spatial_shape`. In each dimension, with input size W, kernel size K, stride S, padding P (both
    sides together) and output padding O, the output size is

        (W - 1) * S + K - P + O
        W * S                    with SAME and CIRCULAR padding
        W * S + max(K - S, 0)    with VALID padding

    With dilation, the formulas use an enlarged kernel size: a `kernel_dilation` of D turns K into
    ``(K - 1) * D + 1``.

    Args:
        spatial_shape: Sizes of the input without batch and channels, such as `(H, W)`.
        kernel_shape: Sizes of the kernel without channels.
        strides: Strides of the forward convolution: an int, or one int per dimension. The output is
            larger by this factor.
        padding: Padding of the forward convolution: `"SAME"`, `"VALID"`, `"CIRCULAR"`, an int, an
            int per dimension, or a (low, high) pair per dimension.
        kernel_dilation: Distance between neighboring kernel elements.
        output_padding: Number of elements added at the end of each dimension of the output: an int,
            or one int per dimension, less than the stride. Use it only with a `padding` of ints or
            pairs, not with a name.

    Returns:
        The sizes of the output, one per spatial dimension.

    Raises:
        ValueError: If the padding leaves no output, or an argument is out of range.
        TypeError: If an integer argument is not an integer.

    Example:
        >>> conv_transpose_output_shape((14, 14), (3, 3), strides=2)
        (28, 28)
    """
    return conv_transpose_window(
        spatial_shape,
        kernel_shape,
        strides=strides,
        padding=padding,
        kernel_dilation=kernel_dilation,
        output_padding=output_padding,
    ).outputs


def pool_output_shape(
    spatial_shape: Sequence[int],
    window_shape: Sequence[int],
    *,
    strides: IntOrInts | None = None,
    padding: PaddingLike = "VALID",
    ceil_mode: bool = False,
) -> tuple[int, ...]:
    """Compute the spatial output shape of a pooling.

    In each dimension, with input size W, window size K, padding P (both sides together) and stride
    S, the output size is

        floor((W - K + P) / S) + 1
        ceil(W / S)                   with SAME padding

    With `ceil_mode=True`, the first formula rounds up instead of down. A last window that would
    start beyond the last input element is dropped.

    Args:
        spatial_shape: Sizes of the input without batch and channels, such as `(H, W)`.
        window_shape: Sizes of the window, one per spatial dimension.
        strides: Steps of the window: an int, or one int per dimension. None uses the sizes of the
            window.
        padding: `"VALID"` (none), `"SAME"`, an int, an int per dimension, or a (low, high) pair per
            dimension. Padding must be smaller than the window.
        ceil_mode: Whether to keep a last window that reaches beyond the padded input. Such a window
            is kept only if it starts in the input or in the low padding.

    Returns:
        The sizes of the output, one per spatial dimension.

    Raises:
        ValueError: If the window is larger than the padded input, or an argument is out of range.
        TypeError: If an integer argument is not an integer.

    Example:
        >>> pool_output_shape((7, 7), (2, 2))
        (3, 3)
        >>> pool_output_shape((7, 7), (2, 2), ceil_mode=True)
        (4, 4)
    """
    return pool_window(
        spatial_shape, window_shape, strides=strides, padding=padding, ceil_mode=ceil_mode
    ).outputs
