"""Pooling: one number for each window of each channel, and what all poolings share."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike, DTypeLike

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
    """Takes the largest value of every window, channel by channel.

    Padding never wins: it counts as minus infinity, or as the smallest integer. Of equal largest
    values the first in row-major order gets the gradient; in `global_max_pool` they share it.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`; floats or integers.
        window_shape: sizes of the window; its length is the spatial rank, 1 to 3.
        strides: steps of the window; None makes them the window's own sizes.
        padding: `"VALID"`, `"SAME"`, an int, an int a dimension, or a (low, high) pair a dimension;
            smaller than the window.
        ceil_mode: whether a last window that is only partly filled counts, if it starts in the
            input or its low padding.

    Returns:
        `(N, *output_spatial, C)`, without N for one example, in the inputs' dtype.

    Raises:
        ValueError: the window is larger than the padded input, or an argument is out of range.
        TypeError: the inputs are neither floats nor integers, or an argument that counts is no
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
    """Takes the smallest value of every window, channel by channel.

    Padding never wins: it counts as plus infinity, or as the largest integer. Of equal smallest
    values the first in row-major order gets the gradient.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`; floats or integers.
        window_shape: as in `max_pool`.
        strides: as in `max_pool`.
        padding: as in `max_pool`.
        ceil_mode: as in `max_pool`.

    Returns:
        `(N, *output_spatial, C)`, without N for one example, in the inputs' dtype.

    Raises:
        ValueError: as `max_pool`.
        TypeError: as `max_pool`.

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
    """Takes the mean of every window, channel by channel.

    Sums of half-precision floats are accumulated in float32. Integers are averaged as floats.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`; floats or integers.
        window_shape: as in `max_pool`.
        strides: as in `max_pool`.
        padding: as in `max_pool`; it is zeros.
        ceil_mode: as in `max_pool`. What of a last window lies beyond the padding is never counted.
        count_include_pad: whether the zeros of the padding count in the mean, or only inputs do.

    Returns:
        `(N, *output_spatial, C)`, without N for one example: in the inputs' dtype if that is a
        float, else in JAX's default float.

    Raises:
        ValueError: as `max_pool`.
        TypeError: as `max_pool`.

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
    """Returns how many elements each window's mean is over, of shape `window.outputs`."""
    counts = np.ones((), int)
    for dimension, outputs in enumerate(window.outputs):
        low, high = window.padding[dimension] if count_include_pad else (0, 0)
        starts = np.arange(outputs) * window.strides[dimension] - window.padding[dimension][0]
        ends = starts + window.sizes[dimension]
        first, last = -low, window.shape[dimension] + high
        counts = np.multiply.outer(counts, np.minimum(ends, last) - np.maximum(starts, first))
    return counts


def poolable(inputs: ArrayLike) -> Array:
    """Returns the inputs as an array, raising unless it holds floats or integers."""
    inputs = jnp.asarray(inputs)
    if not (
        jnp.issubdtype(inputs.dtype, jnp.floating) or jnp.issubdtype(inputs.dtype, jnp.integer)
    ):
        raise TypeError(f"inputs of a pooling must be floats or integers, got {inputs.dtype}")
    return inputs


def pool_operands(
    inputs: ArrayLike,
    window_shape: Sequence[int],
    strides: IntOrInts | None,
    padding: PaddingLike,
    ceil_mode: bool,
) -> tuple[Array, SlidingWindow]:
    """Returns the inputs as an array and the arguments resolved, raising where they do not fit."""
    inputs = poolable(inputs)
    if not isinstance(window_shape, Sequence):
        raise TypeError(
            "window_shape must be a sequence of ints, one a spatial dimension, such as (2, 2), "
            f"got {window_shape!r}"
        )
    spatial_shape = spatial_shape_of(
        inputs, len(window_shape), implied_by=f"window_shape {tuple(window_shape)}"
    )
    return inputs, pool_window(
        spatial_shape, window_shape, strides=strides, padding=padding, ceil_mode=ceil_mode
    )


def over_spatial(inputs: Array, sizes: Sequence[int]) -> tuple[int, ...]:
    """Extends one size a spatial dimension by ones for the batch, if any, and the channels."""
    return (1,) * (inputs.ndim - len(sizes) - 1) + tuple(sizes) + (1,)


def over_all_axes(inputs: Array, window: SlidingWindow) -> SlidingWindow:
    """Extends the window of a pooling to all axes of `inputs`; its overhang becomes padding."""
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
    """Returns the dtype of a mean: the inputs' own float, or JAX's default float for integers."""
    return jnp.dtype(dtype) if jnp.issubdtype(dtype, jnp.floating) else jnp.result_type(float)


def accumulation_dtype(dtype: DTypeLike) -> np.dtype:
    """Returns the float to add in: at least float32, because half-precision sums lose digits."""
    return jnp.dtype(jnp.float32) if jnp.finfo(dtype).bits < 32 else jnp.dtype(dtype)
