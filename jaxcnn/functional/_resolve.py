"""From the arguments of a convolution or a pooling to the window that slides."""

from collections.abc import Sequence

from jaxcnn._support.arguments import per_axis
from jaxcnn.functional._padding import PaddingLike, is_named, resolve_padding
from jaxcnn.functional._spatial import IntOrInts
from jaxcnn.lowering import SlidingWindow, dilated, output_size


def conv_window(
    spatial_shape: Sequence[int],
    kernel_shape: Sequence[int],
    *,
    strides: IntOrInts = 1,
    padding: PaddingLike = "SAME",
    kernel_dilation: IntOrInts = 1,
    input_dilation: IntOrInts = 1,
) -> SlidingWindow:
    """Resolve the arguments of a convolution: the window that slides over its input.

    Args:
        spatial_shape: Sizes of the input without batch and channels, such as `(H, W)`.
        kernel_shape: Sizes of the kernel without channels, such as `(5, 5)`.
        strides: Steps of the window, an int, or one per dimension.
        padding: As in `conv_output_shape`. Of CIRCULAR padding, too, the window says how much
            there is of it.
        kernel_dilation: Distance of neighboring kernel elements.
        input_dilation: Distance of neighboring input elements.

    Returns:
        Sizes, strides, padding and dilations with one entry per dimension, and the `outputs`.

    Raises:
        ValueError: If the kernel is larger than the padded input, or an argument is out of range.
        TypeError: If an integer argument is not an integer.

    Example:
        >>> window = conv_window((32, 32), (5, 5), strides=2)
        >>> window.padding, window.outputs
        (((1, 2), (1, 2)), (16, 16))
    """
    rank = len(spatial_shape)
    spatial_shape = per_axis("spatial_shape", spatial_shape, rank)
    kernel_shape = per_axis("kernel_shape", kernel_shape, rank)
    strides = per_axis("strides", strides, rank)
    kernel_dilation = per_axis("kernel_dilation", kernel_dilation, rank)
    input_dilation = per_axis("input_dilation", input_dilation, rank)
    if is_named(padding, "CIRCULAR") and max(input_dilation) > 1:
        raise ValueError(
            f"CIRCULAR padding is not defined with input_dilation, got {input_dilation!r}"
        )
    sizes = tuple(map(dilated, spatial_shape, input_dilation))
    extents = tuple(map(dilated, kernel_shape, kernel_dilation))
    pairs = resolve_padding(padding, sizes, extents, strides)
    window = SlidingWindow(
        spatial_shape, kernel_shape, strides, pairs, kernel_dilation, input_dilation
    )
    if min(window.outputs) < 1:
        raise ValueError(
            f"kernel of shape {kernel_shape} with dilation {kernel_dilation} is larger than the "
            f"input of spatial shape {spatial_shape} with padding {padding!r}"
        )
    return window


def pool_window(
    spatial_shape: Sequence[int],
    window_shape: Sequence[int],
    *,
    strides: IntOrInts | None = None,
    padding: PaddingLike = "VALID",
    ceil_mode: bool = False,
) -> SlidingWindow:
    """Resolve the arguments of a pooling: the window that slides over its input.

    Args:
        spatial_shape: Sizes of the input without batch and channels, such as `(H, W)`.
        window_shape: Sizes of the window, one per spatial dimension.
        strides: Steps of the window; None makes them the window's own sizes.
        padding: As in `pool_output_shape`.
        ceil_mode: Whether a last window that is only partly filled counts, if it starts in the
            input or its low padding.

    Returns:
        Sizes, strides, padding and overhang with one entry per dimension, and the `outputs`.

    Raises:
        ValueError: If the window is larger than the padded input, or would see nothing but
            padding, or an argument is out of range.
        TypeError: If an integer argument is not an integer.

    Example:
        >>> window = pool_window((7, 7), (2, 2), ceil_mode=True)
        >>> window.overhang, window.outputs
        ((1, 1), (4, 4))
    """
    rank = len(spatial_shape)
    spatial_shape = per_axis("spatial_shape", spatial_shape, rank)
    window_shape = per_axis("window_shape", window_shape, rank)
    strides = per_axis("strides", window_shape if strides is None else strides, rank)
    if is_named(padding, "CIRCULAR"):
        raise ValueError("padding of a pooling must not be CIRCULAR: use SAME, VALID or numbers")
    pairs = resolve_padding(padding, spatial_shape, window_shape, strides)
    if any(max(pair) >= size for pair, size in zip(pairs, window_shape, strict=True)):
        raise ValueError(
            f"padding must be smaller than window_shape {window_shape}, or a window would see "
            f"nothing but padding; got {padding!r}"
        )
    rows = tuple(zip(spatial_shape, window_shape, strides, pairs, strict=True))
    outputs = tuple(output_size(*row, ceil_mode=ceil_mode) for row in rows)
    if min(outputs) < 1:
        raise ValueError(
            f"window_shape {window_shape} is larger than the input of spatial shape "
            f"{spatial_shape} with padding {padding!r}"
        )
    overhang = tuple(
        max((places - 1) * stride + extent - (size + sum(pair)), 0)
        for places, (size, extent, stride, pair) in zip(outputs, rows, strict=True)
    )
    return SlidingWindow(spatial_shape, window_shape, strides, pairs, overhang=overhang)
