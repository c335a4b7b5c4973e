"""The arithmetic of transposed convolution: the forward convolution's, read backwards."""

from collections.abc import Sequence

from jaxcnn._support.arguments import per_axis
from jaxcnn.functional._padding import PaddingLike, is_named, resolve_padding
from jaxcnn.functional._spatial import IntOrInts
from jaxcnn.lowering import Pairs, SlidingWindow, dilated


def conv_transpose_window(
    spatial_shape: Sequence[int],
    kernel_shape: Sequence[int],
    *,
    strides: IntOrInts,
    padding: PaddingLike,
    kernel_dilation: IntOrInts,
) -> SlidingWindow:
    """Resolves a transposed convolution to one of stride 1 over the input dilated by `strides`.

    Raises where the padding leaves nothing.
    """
    rank = len(spatial_shape)
    spatial_shape = per_axis("spatial_shape", spatial_shape, rank)
    kernel_shape = per_axis("kernel_shape", kernel_shape, rank)
    strides = per_axis("strides", strides, rank)
    kernel_dilation = per_axis("kernel_dilation", kernel_dilation, rank)
    windows = tuple(map(dilated, kernel_shape, kernel_dilation))
    output_shape, forward = _forward_input(spatial_shape, windows, strides, padding)
    if min(output_shape) < 1:
        raise ValueError(
            f"padding {padding!r} leaves no output of kernel shape {kernel_shape} with dilation "
            f"{kernel_dilation} on an input of spatial shape {spatial_shape}"
        )
    rows = zip(spatial_shape, windows, strides, output_shape, forward, strict=True)
    pairs = tuple(_padding_of_dilated_input(*row) for row in rows)
    ones = (1,) * rank
    return SlidingWindow(spatial_shape, kernel_shape, ones, pairs, kernel_dilation, strides)


def elements_to_wrap(window: SlidingWindow) -> Pairs:
    """How many elements of the input continue it periodically where its padding is CIRCULAR."""
    rows = zip(window.extents, window.input_dilation, strict=True)
    sides = [-(-(extent - 1) // stride) for extent, stride in rows]
    return tuple((side, side) for side in sides)


def _forward_input(
    spatial_shape: tuple[int, ...],
    windows: tuple[int, ...],
    strides: tuple[int, ...],
    padding: PaddingLike,
) -> tuple[tuple[int, ...], Pairs]:
    """Returns the shape and the padding of the forward convolution's input, our output."""
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


def _padding_of_dilated_input(
    size: int, window: int, stride: int, output_size: int, forward: tuple[int, int]
) -> tuple[int, int]:
    """Returns padding under which stride-1 windows over the dilated input give `output_size`."""
    low = window - 1 - forward[0]
    high = output_size + window - 1 - dilated(size, stride) - low
    return low, high
