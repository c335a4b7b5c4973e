"""Pooling to a size that does not depend on the input's: one value per channel, or a fixed grid."""

from collections.abc import Callable

import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn._support.arguments import per_axis
from jaxcnn.functional._pooling import accumulation_dtype, mean_dtype, poolable
from jaxcnn.functional._resolve import IntOrInts, spatial_shape_of


def global_max_pool(inputs: ArrayLike, *, spatial_rank: int = 2) -> Array:
    """Compute the maximum of each channel over all spatial positions.

    Equal maxima share the gradient, as in `jnp.max`. (In `max_pool`, the first maximum gets the
    whole gradient.)

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`; floats or integers.
        spatial_rank: Number of spatial dimensions, 1 to 3.

    Returns:
        `(N, C)`, or `(C,)` for one example, in the inputs' dtype.

    Raises:
        ValueError: If the rank of the inputs does not fit `spatial_rank`, or a size is 0.
        TypeError: If the inputs are neither floats nor integers.

    Example:
        >>> import jax.numpy as jnp
        >>> global_max_pool(jnp.arange(8.0).reshape(2, 2, 2))
        Array([6., 7.], dtype=float32)
    """
    inputs, axes = _operands(inputs, spatial_rank)
    return jnp.max(inputs, axis=axes)


def global_avg_pool(inputs: ArrayLike, *, spatial_rank: int = 2) -> Array:
    """Compute the mean of each channel over all spatial positions (global average pooling).

    Classifiers use global average pooling before the last dense layer, so that they accept images
    of any size.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`; floats or integers.
        spatial_rank: Number of spatial dimensions, 1 to 3.

    Returns:
        `(N, C)`, or `(C,)` for one example. The dtype is the inputs' dtype if the inputs are
        floats, else JAX's default float.

    Raises:
        ValueError: If the rank of the inputs does not fit `spatial_rank`, or a size is 0.
        TypeError: If the inputs are neither floats nor integers.

    Example:
        >>> import jax.numpy as jnp
        >>> global_avg_pool(jnp.arange(8.0).reshape(2, 2, 2))
        Array([3., 4.], dtype=float32)

    Source: Lin, Chen and Yan, "Network in network", 2014.
    """
    inputs, axes = _operands(inputs, spatial_rank)
    output_dtype = mean_dtype(inputs.dtype)
    return jnp.mean(inputs, axis=axes, dtype=accumulation_dtype(output_dtype)).astype(output_dtype)


def adaptive_max_pool(
    inputs: ArrayLike, output_shape: IntOrInts, *, spatial_rank: int = 2
) -> Array:
    """Max-pool to a fixed output size: compute the maximum of each cell of a grid.

    In each dimension, with input size n and output size m, output i covers the elements from
    ``floor(i * n / m)`` up to, but not including, ``ceil((i + 1) * n / m)``, as in PyTorch. Where m
    does not divide n, neighboring cells overlap. The maximum is computed along one axis after
    another. Equal maxima along an axis share the gradient.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`; floats or integers.
        output_shape: Sizes of the grid: an int, or one int per spatial dimension.
        spatial_rank: Number of spatial dimensions, 1 to 3.

    Returns:
        `(N, *output_shape, C)`, without N for one example, in the inputs' dtype.

    Raises:
        ValueError: If the rank of the inputs does not fit `spatial_rank`, or a size is 0.
        TypeError: If the inputs are neither floats nor integers, or `output_shape` is not of
            integers.

    Example:
        >>> import jax.numpy as jnp
        >>> adaptive_max_pool(jnp.arange(5.0)[:, None], 3, spatial_rank=1)[:, 0]
        Array([1., 3., 4.], dtype=float32)
    """
    inputs, axes = _operands(inputs, spatial_rank)
    return _reduce_cells(inputs, axes, output_shape, jnp.max)


def adaptive_avg_pool(
    inputs: ArrayLike, output_shape: IntOrInts, *, spatial_rank: int = 2
) -> Array:
    """Average-pool to a fixed output size: compute the mean of each cell of a grid.

    In each dimension, with input size n and output size m, output i covers the elements from
    ``floor(i * n / m)`` up to, but not including, ``ceil((i + 1) * n / m)``, as in PyTorch. Where m
    does not divide n, neighboring cells overlap.

    Args:
        inputs: `(N, *spatial, C)`, or one example `(*spatial, C)`; floats or integers.
        output_shape: Sizes of the grid: an int, or one int per spatial dimension.
        spatial_rank: Number of spatial dimensions, 1 to 3.

    Returns:
        `(N, *output_shape, C)`, without N for one example. The dtype is the inputs' dtype if the
        inputs are floats, else JAX's default float.

    Raises:
        ValueError: If the rank of the inputs does not fit `spatial_rank`, or a size is 0.
        TypeError: If the inputs are neither floats nor integers, or `output_shape` is not of
            integers.

    Example:
        >>> import jax.numpy as jnp
        >>> adaptive_avg_pool(jnp.arange(5.0)[:, None], 3, spatial_rank=1)[:, 0]
        Array([0.5, 2. , 3.5], dtype=float32)

    Source: He, Zhang, Ren and Sun, "Spatial pyramid pooling in deep convolutional networks", 2014.
    """
    inputs, axes = _operands(inputs, spatial_rank)
    output_dtype = mean_dtype(inputs.dtype)
    addends = inputs.astype(accumulation_dtype(output_dtype))
    return _reduce_cells(addends, axes, output_shape, jnp.mean).astype(output_dtype)


def _operands(inputs: ArrayLike, spatial_rank: int) -> tuple[Array, tuple[int, ...]]:
    """Return the inputs as an array, and their spatial axes."""
    inputs = poolable(inputs)
    spatial_shape = spatial_shape_of(
        inputs, spatial_rank, implied_by=f"spatial_rank {spatial_rank}"
    )
    per_axis("spatial shape of inputs", spatial_shape, spatial_rank)
    first = inputs.ndim - 1 - spatial_rank
    return inputs, tuple(range(first, inputs.ndim - 1))


def _reduce_cells(
    inputs: Array,
    axes: tuple[int, ...],
    output_shape: IntOrInts,
    reduce: Callable[..., Array],
) -> Array:
    """Reduce the cells one axis after the other: maximum and mean of a box are separable."""
    output_shape = per_axis("output_shape", output_shape, len(axes))
    for axis, outputs in zip(axes, output_shape, strict=True):
        size = inputs.shape[axis]
        cells = (
            lax.slice_in_dim(inputs, i * size // outputs, -(-(i + 1) * size // outputs), axis=axis)
            for i in range(outputs)
        )
        inputs = jnp.stack([reduce(cell, axis=axis) for cell in cells], axis)
    return inputs
