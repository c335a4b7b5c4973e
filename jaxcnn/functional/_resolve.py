"""Turn the arguments of a convolution, its transpose or a pooling into a sliding window."""

import operator
from collections.abc import Sequence

from jax import Array

from jaxcnn._support.arguments import per_axis
from jaxcnn.functional._padding import PaddingLike, is_named, resolve_padding
from jaxcnn.lowering import PaddingPairs, SlidingWindow, dilated, output_size

MAX_SPATIAL_RANK = 3

IntOrInts = int | Sequence[int]
"""One integer for all spatial dimensions, or one per dimension."""


def check_spatial_rank(spatial_rank: int, *, implied_by: str) -> None:
    """Raise unless there are 1, 2 or 3 spatial dimensions; `implied_by` names their origin."""
    if not 1 <= spatial_rank <= MAX_SPATIAL_RANK:
        raise ValueError(f"{implied_by}: expected a spatial rank of 1, 2 or 3, got {spatial_rank}")


def spatial_shape_of(
    inputs: Array, spatial_rank: int, *, implied_by: str, name: str = "inputs"
) -> tuple[int, ...]:
    """Return the spatial part of `(N, *spatial, C)` or `(*spatial, C)`, and check the rank."""
    check_spatial_rank(spatial_rank, implied_by=implied_by)
    if inputs.ndim not in (spatial_rank + 1, spatial_rank + 2):
        raise ValueError(
            f"{name}: expected {spatial_rank + 2} axes (N, *spatial, C), or {spatial_rank + 1} for "
            f"one example, because {implied_by} makes the spatial rank {spatial_rank}, "
            f"got shape {inputs.shape}"
        )
    return inputs.shape[-1 - spatial_rank : -1]


def conv_window(
    spatial_shape: Sequence[int],
    kernel_shape: Sequence[int],
    *,
    strides: IntOrInts = 1,
    padding: PaddingLike = "SAME",
    kernel_dilation: IntOrInts = 1,
    input_dilation: IntOrInts = 1,
) -> SlidingWindow:
    """Resolve the arguments of a convolution to the window that slides over its input.

    Args:
        spatial_shape: Sizes of the input without batch and channels, such as `(H, W)`.
        kernel_shape: Sizes of the kernel without channels, such as `(5, 5)`.
        strides: Steps of the window: an int, or one int per dimension.
        padding: `"SAME"`, `"VALID"`, `"CIRCULAR"`, an int, an int per dimension, or a (low, high)
            pair per dimension.
        kernel_dilation: Distance between neighboring kernel elements.
        input_dilation: Distance between neighboring input elements.

    Returns:
        A `SlidingWindow`, whose sizes, strides, padding and dilations have one entry per dimension.
        Its `outputs` are the sizes of the output. CIRCULAR padding is returned as (low, high)
        pairs, like any other padding.

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
            f"padding: expected SAME, VALID or ints with input_dilation {input_dilation!r}, "
            "got CIRCULAR, which is not defined with it"
        )
    sizes = tuple(map(dilated, spatial_shape, input_dilation))
    extents = tuple(map(dilated, kernel_shape, kernel_dilation))
    pairs = resolve_padding(padding, sizes, extents, strides)
    window = SlidingWindow(
        spatial_shape, kernel_shape, strides, pairs, kernel_dilation, input_dilation
    )
    if min(window.outputs) < 1:
        raise ValueError(
            f"kernel: expected at most the size of the input of spatial shape {spatial_shape} with "
            f"padding {padding!r}, got shape {kernel_shape} with dilation {kernel_dilation}"
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
    """Resolve the arguments of a pooling to the window that slides over its input.

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
        A `SlidingWindow`, whose sizes, strides, padding and overhang have one entry per dimension.
        Its `outputs` are the sizes of the output.

    Raises:
        ValueError: If the window is larger than the padded input, or some window would cover only
            padding. Also if an argument is out of range.
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
        raise ValueError("padding: expected SAME, VALID or ints for a pooling, got CIRCULAR")
    pairs = resolve_padding(padding, spatial_shape, window_shape, strides)
    if any(max(pair) >= size for pair, size in zip(pairs, window_shape, strict=True)):
        raise ValueError(
            f"padding: expected less than window_shape {window_shape}, got {padding!r} "
            "(a window would cover nothing but padding)"
        )
    rows = tuple(zip(spatial_shape, window_shape, strides, pairs, strict=True))
    outputs = tuple(output_size(*row, ceil_mode=ceil_mode) for row in rows)
    if min(outputs) < 1:
        raise ValueError(
            f"window_shape: expected at most the size of the input of spatial shape "
            f"{spatial_shape} with padding {padding!r}, got {window_shape}"
        )
    overhang = tuple(
        max((positions - 1) * stride + extent - (size + sum(pair)), 0)
        for positions, (size, extent, stride, pair) in zip(outputs, rows, strict=True)
    )
    return SlidingWindow(spatial_shape, window_shape, strides, pairs, overhang=overhang)


def conv_transpose_window(
    spatial_shape: Sequence[int],
    kernel_shape: Sequence[int],
    *,
    strides: IntOrInts,
    padding: PaddingLike,
    kernel_dilation: IntOrInts = 1,
    output_padding: IntOrInts = 0,
) -> SlidingWindow:
    """Resolve a transposed convolution to one of stride 1 over the input dilated by `strides`.

    Args:
        spatial_shape: Sizes of the input without batch and channels, such as `(H, W)`.
        kernel_shape: Sizes of the kernel without channels, such as `(5, 5)`.
        strides: Strides of the forward convolution: an int, or one int per dimension.
        padding: Padding of the forward convolution: `"SAME"`, `"VALID"`, `"CIRCULAR"`, an int, an
            int per dimension, or a (low, high) pair per dimension.
        kernel_dilation: Distance between neighboring kernel elements.
        output_padding: Number of rows and columns added at the end of the output.

    Returns:
        A `SlidingWindow` with strides of 1, whose `input_dilation` is the strides of the forward
        convolution.

    Raises:
        ValueError: If the padding leaves no output, or the output padding is too large.

    Example:
        >>> window = conv_transpose_window((7, 7), (4, 4), strides=2, padding=1)
        >>> window.outputs, window.input_dilation
        ((14, 14), (2, 2))
    """
    rank = len(spatial_shape)
    spatial_shape = per_axis("spatial_shape", spatial_shape, rank)
    kernel_shape = per_axis("kernel_shape", kernel_shape, rank)
    strides = per_axis("strides", strides, rank)
    kernel_dilation = per_axis("kernel_dilation", kernel_dilation, rank)
    windows = tuple(map(dilated, kernel_shape, kernel_dilation))
    output_shape, forward = _forward_input(spatial_shape, windows, strides, padding)
    more = _output_padding(output_padding, padding, strides, kernel_dilation)
    output_shape = tuple(map(operator.add, output_shape, more))
    if min(output_shape) < 1:
        raise ValueError(
            f"padding: expected less, got {padding!r}, which leaves no output of kernel shape "
            f"{kernel_shape} with dilation {kernel_dilation} on an input of spatial shape "
            f"{spatial_shape}"
        )
    rows = zip(spatial_shape, windows, strides, output_shape, forward, strict=True)
    pairs = tuple(_padding_of_dilated_input(*row) for row in rows)
    ones = (1,) * rank
    return SlidingWindow(spatial_shape, kernel_shape, ones, pairs, kernel_dilation, strides)


def elements_to_wrap(window: SlidingWindow) -> PaddingPairs:
    """Return how many input elements CIRCULAR padding repeats on each side, per dimension."""
    rows = zip(window.extents, window.input_dilation, strict=True)
    sides = [-(-(extent - 1) // stride) for extent, stride in rows]
    return tuple((side, side) for side in sides)


def _forward_input(
    spatial_shape: tuple[int, ...],
    windows: tuple[int, ...],
    strides: tuple[int, ...],
    padding: PaddingLike,
) -> tuple[tuple[int, ...], PaddingPairs]:
    """Return the shape (our output's) and the padding of the forward convolution's input."""
    rows = tuple(zip(spatial_shape, windows, strides, strict=True))
    enlarged = tuple(size * stride for size, _, stride in rows)
    pairs = resolve_padding(padding, enlarged, windows, strides)
    if is_named(padding, "SAME", "CIRCULAR"):
        return enlarged, pairs
    if is_named(padding, "VALID"):
        # At least `enlarged`, so that strides beyond the window lose nothing.
        return tuple(
            size * stride + max(window - stride, 0) for size, window, stride in rows
        ), pairs
    return tuple(
        (size - 1) * stride + window - sum(pair)
        for (size, window, stride), pair in zip(rows, pairs, strict=True)
    ), pairs


def _output_padding(
    output_padding: IntOrInts,
    padding: PaddingLike,
    strides: tuple[int, ...],
    kernel_dilation: tuple[int, ...],
) -> tuple[int, ...]:
    more = per_axis("output_padding", output_padding, len(strides), minimum=0)
    if any(more) and isinstance(padding, str):
        raise ValueError(
            f"output_padding: expected 0 with padding {padding!r}, which decides the size, got "
            f"{output_padding!r}"
        )
    for size, step, dilation in zip(more, strides, kernel_dilation, strict=True):
        if size and size >= max(step, dilation):
            raise ValueError(
                f"output_padding: expected less than the strides {strides} or the dilation, got "
                f"{output_padding!r}"
            )
    return more


def _padding_of_dilated_input(
    size: int, window: int, stride: int, output_size: int, forward: tuple[int, int]
) -> tuple[int, int]:
    """Return the padding with which stride-1 windows over the dilated input give `output_size`."""
    low = window - 1 - forward[0]
    high = output_size + window - 1 - dilated(size, stride) - low
    return low, high
