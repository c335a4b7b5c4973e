"""Pooling: one value per window and channel, and what all pooling functions share."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike, DTypeLike

from jaxcnn._support.arrays import as_operand
from jaxcnn.functional._padding import PaddingLike
from jaxcnn.functional._resolve import IntOrInts, pool_window, spatial_shape_of
from jaxcnn.lowering import SlidingWindow, max_windows, min_windows, sum_windows


def max_pool(
    inputs: ArrayLike,
    window_shape: Sequence[int],
    *,
    strides: IntOrInts | None = None,
    padding: PaddingLike = "VALID",
    ceil_mode: bool = False,
) -> Array:
    """Max-pool: compute the maximum of each window, channel by channel.

    In each dimension, with input size W, window size K, padding P (both sides together) and stride
    S, the output size is

        floor((W - K + P) / S) + 1
        ceil(W / S)                   with SAME padding

    With `ceil_mode=True`, the first formula rounds up instead of down. A last window that would
    start beyond the last input element is dropped. `pool_output_shape` computes the size.

    A padded position is never chosen as the maximum of a window: padding counts as minus infinity,
    or as the smallest integer. Among equal maxima in a window, the first in row-major order gets
    the whole gradient. (In `global_max_pool`, equal maxima share the gradient.)

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`; floats or integers.
        window_shape: Sizes of the window, one per spatial dimension (1 to 3 sizes).
        strides: Steps of the window: an int, or one int per dimension. None uses the sizes of the
            window.
        padding: `"VALID"` (none), `"SAME"`, an int, an int per dimension, or a (low, high) pair per
            dimension. Padding must be smaller than the window.
        ceil_mode: Whether to keep a last window that reaches beyond the padded input. Such a window
            is kept only if it starts in the input or in the low padding.

    Returns:
        `(N, *output_spatial, C)`, without N for one example, in the inputs' dtype.

    Raises:
        ValueError: If the window is larger than the padded input, or an argument is out of range.
        TypeError: If the inputs are neither floats nor integers, or an integer argument is not an
            integer.

    Example:
        >>> import jax.numpy as jnp
        >>> x = jnp.arange(25.0).reshape(5, 5, 1)
        >>> max_pool(x, (2, 2))[..., 0]
        Array([[ 6.,  8.],
               [16., 18.]], dtype=float32)
        >>> max_pool(x, (2, 2), ceil_mode=True).shape
        (3, 3, 1)

    Source: Riesenhuber and Poggio, "Hierarchical models of object recognition in cortex", 1999.
    """
    inputs, window = pool_operands(inputs, window_shape, strides, padding, ceil_mode)
    return max_windows(inputs, over_all_axes(inputs, window))


def min_pool(
    inputs: ArrayLike,
    window_shape: Sequence[int],
    *,
    strides: IntOrInts | None = None,
    padding: PaddingLike = "VALID",
    ceil_mode: bool = False,
) -> Array:
    """Min-pool: compute the minimum of each window, channel by channel.

    In each dimension, with input size W, window size K, padding P (both sides together) and stride
    S, the output size is

        floor((W - K + P) / S) + 1
        ceil(W / S)                   with SAME padding

    With `ceil_mode=True`, the first formula rounds up instead of down. A last window that would
    start beyond the last input element is dropped.

    A padded position is never chosen as the minimum of a window: padding counts as plus infinity,
    or as the largest integer. Among equal minima in a window, the first in row-major order gets the
    whole gradient.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`; floats or integers.
        window_shape: Sizes of the window, one per spatial dimension (1 to 3 sizes).
        strides: Steps of the window: an int, or one int per dimension. None uses the sizes of the
            window.
        padding: `"VALID"` (none), `"SAME"`, an int, an int per dimension, or a (low, high) pair per
            dimension. Padding must be smaller than the window.
        ceil_mode: Whether to keep a last window that reaches beyond the padded input. Such a window
            is kept only if it starts in the input or in the low padding.

    Returns:
        `(N, *output_spatial, C)`, without N for one example, in the inputs' dtype.

    Raises:
        ValueError: If the window is larger than the padded input, or an argument is out of range.
        TypeError: If the inputs are neither floats nor integers, or an integer argument is not an
            integer.

    Example:
        >>> import jax.numpy as jnp
        >>> min_pool(jnp.arange(16.0).reshape(4, 4, 1), (2, 2))[..., 0]
        Array([[ 0.,  2.],
               [ 8., 10.]], dtype=float32)
    """
    inputs, window = pool_operands(inputs, window_shape, strides, padding, ceil_mode)
    return min_windows(inputs, over_all_axes(inputs, window))


def avg_pool(
    inputs: ArrayLike,
    window_shape: Sequence[int],
    *,
    strides: IntOrInts | None = None,
    padding: PaddingLike = "VALID",
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """Average-pool: compute the mean of each window, channel by channel.

    In each dimension, with input size W, window size K, padding P (both sides together) and stride
    S, the output size is

        floor((W - K + P) / S) + 1
        ceil(W / S)                   with SAME padding

    With `ceil_mode=True`, the first formula rounds up instead of down. A last window that would
    start beyond the last input element is dropped.

    Sums of half-precision floats are accumulated in float32. Integers are averaged as floats.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`; floats or integers.
        window_shape: Sizes of the window, one per spatial dimension (1 to 3 sizes).
        strides: Steps of the window: an int, or one int per dimension. None uses the sizes of the
            window.
        padding: Zeros around the input: `"VALID"` (none), `"SAME"`, an int, an int per dimension,
            or a (low, high) pair per dimension. Padding must be smaller than the window.
        ceil_mode: Whether to keep a last window that reaches beyond the padded input. Such a window
            is kept only if it starts in the input or in the low padding. The part of the window
            beyond the padding is never counted in the mean.
        count_include_pad: Whether the zeros of the padding count in the mean. If False, only the
            inputs count.

    Returns:
        `(N, *output_spatial, C)`, without N for one example. The dtype is the inputs' dtype if the
        inputs are floats, else JAX's default float.

    Raises:
        ValueError: If the window is larger than the padded input, or an argument is out of range.
        TypeError: If the inputs are neither floats nor integers, or an integer argument is not an
            integer.

    Example:
        >>> import jax.numpy as jnp
        >>> avg_pool(jnp.arange(16.0).reshape(4, 4, 1), (2, 2))[..., 0]
        Array([[ 2.5,  4.5],
               [10.5, 12.5]], dtype=float32)
    """
    inputs, window = pool_operands(inputs, window_shape, strides, padding, ceil_mode)
    output_dtype = mean_dtype(inputs.dtype)
    addends = inputs.astype(accumulation_dtype(output_dtype))
    sums = sum_windows(addends, over_all_axes(addends, window))
    counts = _window_counts(window, count_include_pad).astype(addends.dtype)
    counts = counts.reshape(over_spatial(inputs, counts.shape))
    return (sums / counts).astype(output_dtype)


def _window_counts(window: SlidingWindow, count_include_pad: bool) -> np.ndarray:
    """Return the number of elements that each window averages, of shape `window.outputs`."""
    counts = np.ones((), int)
    for dimension, outputs in enumerate(window.outputs):
        low, high = window.padding[dimension] if count_include_pad else (0, 0)
        starts = np.arange(outputs) * window.strides[dimension] - window.padding[dimension][0]
        ends = starts + window.sizes[dimension]
        first, last = -low, window.shape[dimension] + high
        counts = np.multiply.outer(counts, np.minimum(ends, last) - np.maximum(starts, first))
    return counts


def poolable(inputs: ArrayLike) -> Array:
    """Return the inputs as an array, or raise unless they are floats or integers."""
    inputs = as_operand("inputs", inputs)
    if not (
        jnp.issubdtype(inputs.dtype, jnp.floating) or jnp.issubdtype(inputs.dtype, jnp.integer)
    ):
        raise TypeError(f"inputs: expected floats or integers, got {inputs.dtype}")
    return inputs


def pool_operands(
    inputs: ArrayLike,
    window_shape: Sequence[int],
    strides: IntOrInts | None,
    padding: PaddingLike,
    ceil_mode: bool,
) -> tuple[Array, SlidingWindow]:
    """Return the inputs as an array and the resolved arguments, or raise if they do not fit."""
    inputs = poolable(inputs)
    if not isinstance(window_shape, Sequence):
        raise TypeError(
            "window_shape: expected a sequence of ints, one per spatial dimension, such as (2, 2), "
            f"got {window_shape!r}"
        )
    spatial_shape = spatial_shape_of(
        inputs, len(window_shape), implied_by=f"window_shape {tuple(window_shape)}"
    )
    return inputs, pool_window(
        spatial_shape, window_shape, strides=strides, padding=padding, ceil_mode=ceil_mode
    )


def over_spatial(inputs: Array, sizes: Sequence[int]) -> tuple[int, ...]:
    """Extend one size per spatial dimension by ones for the batch, if any, and the channels."""
    return (1,) * (inputs.ndim - len(sizes) - 1) + tuple(sizes) + (1,)


def over_all_axes(inputs: Array, window: SlidingWindow) -> SlidingWindow:
    """Extend the window of a pooling to all axes of `inputs`; its overhang becomes padding."""
    spatial = tuple(
        (low, high + beyond)
        for (low, high), beyond in zip(window.padding, window.overhang, strict=True)
    )
    return SlidingWindow(
        shape=inputs.shape,
        sizes=over_spatial(inputs, window.sizes),
        strides=over_spatial(inputs, window.strides),
        padding=((0, 0),) * (inputs.ndim - len(spatial) - 1) + spatial + ((0, 0),),
    )


def mean_dtype(dtype: DTypeLike) -> np.dtype:
    """Return the dtype of a mean: the inputs' own float, or JAX's default float for integers."""
    return jnp.dtype(dtype) if jnp.issubdtype(dtype, jnp.floating) else jnp.result_type(float)


def accumulation_dtype(dtype: DTypeLike) -> np.dtype:
    """Return the float to add in: at least float32, because half-precision sums lose digits."""
    return jnp.dtype(jnp.float32) if jnp.finfo(dtype).bits < 32 else jnp.dtype(dtype)
