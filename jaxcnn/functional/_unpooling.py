"""Max-pooling that also returns the position of each maximum, and its reversal."""

from collections.abc import Sequence
from math import prod

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn._support.arguments import per_axis
from jaxcnn._support.arrays import as_operand
from jaxcnn.functional._padding import PaddingLike
from jaxcnn.functional._pooling import over_all_axes, over_spatial, pool_operands
from jaxcnn.functional._resolve import IntOrInts, spatial_shape_of
from jaxcnn.lowering import identity_of_max


def max_pool_with_argmax(
    inputs: ArrayLike,
    window_shape: Sequence[int],
    *,
    strides: IntOrInts | None = None,
    padding: PaddingLike = "VALID",
    ceil_mode: bool = False,
) -> tuple[Array, Array]:
    """Max-pool, and also return the position of each maximum.

    In deconvnets, the positions are called *switches*. A position is a row-major index into the
    spatial part of the input: ``h * W + w`` in two dimensions. `max_unpool` puts values back at
    these positions. Among equal maxima in a window, the position of the first is returned, and the
    first gets the whole gradient.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`; floats or integers.
        window_shape: Sizes of the window, one per spatial dimension (1 to 3 sizes).
        strides: Steps of the window: an int, or one int per dimension. None uses the sizes of the
            window.
        padding: `"VALID"` (none), `"SAME"`, an int, an int per dimension, or a (low, high) pair per
            dimension. Padding must be smaller than the window. No position is in the padding.
        ceil_mode: Whether to keep a last window that reaches beyond the padded input. Such a window
            is kept only if it starts in the input or in the low padding.

    Returns:
        Two arrays `(N, *output_spatial, C)`, without N for one example: the result of `max_pool` in
        the inputs' dtype, and the positions in int32.

    Raises:
        ValueError: If the window is larger than the padded input, or an argument is out of range.
        TypeError: If the inputs are neither floats nor integers, or an integer argument is not an
            integer.

    Example:
        >>> import jax.numpy as jnp
        >>> x = jnp.array([[1.0, 5.0, 2.0, 2.0], [3.0, 4.0, 0.0, 1.0]])[..., None]
        >>> pooled, switches = max_pool_with_argmax(x, (2, 2))
        >>> pooled[..., 0], switches[..., 0]
        (Array([[5., 2.]], dtype=float32), Array([[1, 2]], dtype=int32))

    Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014.
    """
    inputs, window = pool_operands(inputs, window_shape, strides, padding, ceil_mode)
    whole, spatial_shape = over_all_axes(inputs, window), window.shape
    positions = np.arange(prod(spatial_shape), dtype=np.int32)
    positions = positions.reshape(over_spatial(inputs, spatial_shape))
    no_position = np.array(np.iinfo(np.int32).max, np.int32)
    _, switches = lax.reduce_window(
        (lax.stop_gradient(inputs), jnp.broadcast_to(positions, inputs.shape)),
        (identity_of_max(inputs.dtype), no_position),
        _first_maximum,
        window_dimensions=whole.sizes,
        window_strides=whole.strides,
        padding=whole.padding,
    )
    rank = len(spatial_shape)
    flat_inputs = _flatten_spatial(inputs, rank)
    flat_pooled = jnp.take_along_axis(flat_inputs, _flatten_spatial(switches, rank), axis=-2)
    return flat_pooled.reshape(switches.shape), switches


def max_unpool(pooled: ArrayLike, switches: ArrayLike, output_shape: Sequence[int]) -> Array:
    """Reverse max-pooling: put each pooled value back at its position, and zeros elsewhere.

    Where windows overlap and share a maximum, their pooled values are added up. So this function is
    the adjoint of max-pooling with fixed switches. It does the same as the backward pass of
    `max_pool`, with `pooled` in place of the gradient.

    Args:
        pooled: `(N, *spatial, C)`, or one example `(*spatial, C)`.
        switches: Integer positions of the same shape, from `max_pool_with_argmax`. The positions
            are not checked against `output_shape`: a value whose position lies beyond
            `output_shape` is dropped.
        output_shape: Spatial sizes of the array that was pooled, one per spatial dimension.

    Returns:
        `(N, *output_shape, C)`, without N for one example, in the dtype of `pooled`.

    Raises:
        ValueError: If the shapes do not agree, or a size is below 1.
        TypeError: If the switches or the sizes are not integers.

    Example:
        >>> import jax.numpy as jnp
        >>> pooled, switches = jnp.array([[[5.0]]]), jnp.array([[[2]]])
        >>> max_unpool(pooled, switches, (2, 2))[..., 0]
        Array([[0., 0.],
               [5., 0.]], dtype=float32)

    Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014.
    """
    pooled, switches = as_operand("pooled", pooled), as_operand("switches", switches)
    rank = len(output_shape)
    output_shape = per_axis("output_shape", output_shape, rank)
    spatial_shape_of(pooled, rank, implied_by=f"output_shape {output_shape}", name="pooled")
    if switches.shape != pooled.shape:
        raise ValueError(
            f"switches: expected the shape of pooled, {pooled.shape}, got {switches.shape}"
        )
    if not jnp.issubdtype(switches.dtype, jnp.integer):
        raise TypeError(f"switches: expected integers, got {switches.dtype}")
    values = _flatten_spatial(pooled, rank)
    examples, _, channels = values.shape
    n = np.arange(examples).reshape(-1, 1, 1)
    c = np.arange(channels).reshape(1, 1, -1)
    zeros = jnp.zeros((examples, prod(output_shape), channels), pooled.dtype)
    outputs = zeros.at[n, _flatten_spatial(switches, rank), c].add(values)
    return outputs.reshape(*pooled.shape[: -rank - 1], *output_shape, channels)


def _first_maximum(left: tuple[Array, Array], right: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return the larger (value, position), or the first of equal ones; NaN is the largest."""
    (left_value, left_position), (right_value, right_position) = left, right
    left_nan, right_nan = jnp.isnan(left_value), jnp.isnan(right_value)
    tie = (left_value == right_value) | (left_nan & right_nan)
    greater = (left_value > right_value) | (left_nan & ~right_nan)
    take_left = greater | (tie & (left_position < right_position))
    return (
        jnp.where(take_left, left_value, right_value),
        jnp.where(take_left, left_position, right_position),
    )


def _flatten_spatial(array: Array, spatial_rank: int) -> Array:
    """Reshape `(N, *spatial, C)` or `(*spatial, C)` to `(N or 1, prod(spatial), C)`."""
    examples = array.shape[0] if array.ndim == spatial_rank + 2 else 1
    return array.reshape(examples, prod(array.shape[-1 - spatial_rank : -1]), array.shape[-1])
