"""The arithmetic of sliding windows: where they start, how many fit, what padding they need."""

from collections.abc import Sequence
from dataclasses import dataclass

from jaxcnn._support.arguments import per_axis
from jaxcnn.functional._padding import PaddingLike, Pairs, is_named, resolve_padding
from jaxcnn.functional._spatial import IntOrInts


@dataclass(frozen=True)
class ConvGeometry:
    """A convolution's strides, dilations and padding, one entry a spatial dimension.

    `padding` is of the dilated input, and may be negative (a crop). Of it, what `wrap` elements of
    the input fill before its dilation continues the input periodically, and the rest is zeros.
    """

    strides: tuple[int, ...]
    padding: Pairs
    wrap: Pairs
    kernel_dilation: tuple[int, ...]
    input_dilation: tuple[int, ...]
    output_shape: tuple[int, ...]


@dataclass(frozen=True)
class PoolGeometry:
    """A pooling's windows, strides and padding, one entry a spatial dimension.

    `overhang` is how far the last window of `ceil_mode` reaches beyond the padded input.
    """

    spatial_shape: tuple[int, ...]
    window_shape: tuple[int, ...]
    strides: tuple[int, ...]
    padding: Pairs
    overhang: tuple[int, ...]
    output_shape: tuple[int, ...]


def dilated(size: int, dilation: int) -> int:
    """Returns the extent of `size` elements that stand `dilation` apart."""
    return (size - 1) * dilation + 1


def conv_geometry(
    spatial_shape: Sequence[int],
    kernel_shape: Sequence[int],
    *,
    strides: IntOrInts,
    padding: PaddingLike,
    kernel_dilation: IntOrInts,
    input_dilation: IntOrInts,
) -> ConvGeometry:
    """Resolves the arguments of a convolution, raising where no window fits."""
    rank = len(spatial_shape)
    spatial_shape = per_axis("spatial_shape", spatial_shape, rank)
    kernel_shape = per_axis("kernel_shape", kernel_shape, rank)
    strides = per_axis("strides", strides, rank)
    kernel_dilation = per_axis("kernel_dilation", kernel_dilation, rank)
    input_dilation = per_axis("input_dilation", input_dilation, rank)
    is_circular = is_named(padding, "CIRCULAR")
    if is_circular and max(input_dilation) > 1:
        raise ValueError(
            f"CIRCULAR padding is not defined with input_dilation, got {input_dilation!r}"
        )
    sizes = tuple(map(dilated, spatial_shape, input_dilation))
    windows = tuple(map(dilated, kernel_shape, kernel_dilation))
    pairs = resolve_padding(padding, sizes, windows, strides)
    rows = zip(sizes, windows, strides, pairs, strict=True)
    output_shape = tuple((size + sum(pair) - window) // s + 1 for size, window, s, pair in rows)
    if min(output_shape) < 1:
        raise ValueError(
            f"kernel of shape {kernel_shape} with dilation {kernel_dilation} is larger than the "
            f"input of spatial shape {spatial_shape} with padding {padding!r}"
        )
    wrap = pairs if is_circular else ((0, 0),) * rank
    return ConvGeometry(strides, pairs, wrap, kernel_dilation, input_dilation, output_shape)


def pool_geometry(
    spatial_shape: Sequence[int],
    window_shape: Sequence[int],
    *,
    strides: IntOrInts | None,
    padding: PaddingLike,
    ceil_mode: bool,
) -> PoolGeometry:
    """Resolves the arguments of a pooling, raising where a window would see no input."""
    rank = len(spatial_shape)
    spatial_shape = per_axis("spatial_shape", spatial_shape, rank)
    window_shape = per_axis("window_shape", window_shape, rank)
    strides = per_axis("strides", window_shape if strides is None else strides, rank)
    if is_named(padding, "CIRCULAR"):
        raise ValueError("padding of a pooling must not be CIRCULAR: use SAME, VALID or numbers")
    pairs = resolve_padding(padding, spatial_shape, window_shape, strides)
    if any(max(pair) >= window for pair, window in zip(pairs, window_shape, strict=True)):
        raise ValueError(
            f"padding must be smaller than window_shape {window_shape}, or a window would see "
            f"nothing but padding; got {padding!r}"
        )
    rows = tuple(zip(spatial_shape, window_shape, strides, pairs, strict=True))
    output_shape = tuple(_windows_that_fit(*row, ceil_mode) for row in rows)
    if min(output_shape) < 1:
        raise ValueError(
            f"window_shape {window_shape} is larger than the input of spatial shape "
            f"{spatial_shape} with padding {padding!r}"
        )
    overhang = tuple(
        max((out - 1) * stride + window - (size + sum(pair)), 0)
        for out, (size, window, stride, pair) in zip(output_shape, rows, strict=True)
    )
    return PoolGeometry(spatial_shape, window_shape, strides, pairs, overhang, output_shape)


def _windows_that_fit(
    size: int, window: int, stride: int, pair: tuple[int, int], ceil_mode: bool
) -> int:
    low, high = pair
    free = size + low + high - window
    if not ceil_mode:
        return free // stride + 1
    windows = -(-free // stride) + 1
    starts_beyond_input = (windows - 1) * stride >= size + low
    return windows - 1 if starts_beyond_input else windows
