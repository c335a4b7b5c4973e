"""Output shapes from input shapes, on plain Python integers: no array is made."""

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
    """Returns the spatial shape of a convolution's output.

    In each dimension, with input size W, kernel size K, padding P on both sides together and
    stride S, the output size is `floor((W - K + P) / S) + 1`. Dilation by D first makes a size n
    into `(n - 1) * D + 1`.

    Args:
        spatial_shape: sizes of the input without batch and channels, such as `(H, W)`.
        kernel_shape: sizes of the kernel without channels, such as `(5, 5)`.
        strides: steps of the window, an int or one a dimension.
        padding: `"SAME"` (output size `ceil(W / S)`), `"VALID"` (none), `"CIRCULAR"` (size as
            SAME), an int, an int a dimension, or a (low, high) pair a dimension.
        kernel_dilation: distance of neighboring kernel elements.
        input_dilation: distance of neighboring input elements.

    Returns:
        The sizes of the output, one a spatial dimension.

    Raises:
        ValueError: the kernel is larger than the padded input, or an argument is out of range.
        TypeError: an argument is no integer.

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
) -> tuple[int, ...]:
    """Returns the spatial shape of a transposed convolution's output.

    It is an input shape that the forward convolution of the same arguments takes to
    `spatial_shape`: `W * S` for SAME and CIRCULAR, `W * S + max(K - S, 0)` for VALID, and
    `(W - 1) * S + K - P` for explicit padding of P on both sides together.

    Args:
        spatial_shape: sizes of the input without batch and channels, such as `(H, W)`.
        kernel_shape: sizes of the kernel without channels.
        strides: strides of the forward convolution: how many times the output is larger.
        padding: padding of the forward convolution, as in `conv_output_shape`.
        kernel_dilation: distance of neighboring kernel elements.

    Returns:
        The sizes of the output, one a spatial dimension.

    Raises:
        ValueError: the padding leaves no output, or an argument is out of range.
        TypeError: an argument is no integer.

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
    ).outputs


def pool_output_shape(
    spatial_shape: Sequence[int],
    window_shape: Sequence[int],
    *,
    strides: IntOrInts | None = None,
    padding: PaddingLike = "VALID",
    ceil_mode: bool = False,
) -> tuple[int, ...]:
    """Returns the spatial shape of a pooling's output.

    Args:
        spatial_shape: sizes of the input without batch and channels, such as `(H, W)`.
        window_shape: sizes of the window, one a spatial dimension.
        strides: steps of the window; None makes them the window's own sizes.
        padding: as in `conv_output_shape`, but not CIRCULAR, and smaller than the window.
        ceil_mode: whether a last window that is only partly filled counts, if it starts in the
            input or its low padding.

    Returns:
        The sizes of the output, one a spatial dimension.

    Raises:
        ValueError: the window is larger than the padded input, or an argument is out of range.
        TypeError: an argument is no integer.

    Example:
        >>> pool_output_shape((7, 7), (2, 2))
        (3, 3)
        >>> pool_output_shape((7, 7), (2, 2), ceil_mode=True)
        (4, 4)
    """
    return pool_window(
        spatial_shape, window_shape, strides=strides, padding=padding, ceil_mode=ceil_mode
    ).outputs
