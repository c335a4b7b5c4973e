"""What all poolings share: checking the input, dtypes, and the one call of `reduce_window`."""

from collections.abc import Callable, Sequence

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import ArrayLike, DTypeLike

from jaxcnn.functional._geometry import PoolGeometry, pool_geometry
from jaxcnn.functional._padding import PaddingLike, Pairs
from jaxcnn.functional._spatial import IntOrInts, spatial_shape_of


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
) -> tuple[Array, PoolGeometry]:
    """Returns the inputs as an array and the arguments resolved, raising where they do not fit."""
    inputs = poolable(inputs)
    if not isinstance(window_shape, Sequence):
        raise TypeError(
            "window_shape must be a sequence of ints, one a spatial dimension, such as (2, 2), "
            f"got {window_shape!r}"
        )
    spatial_shape = spatial_shape_of(
        inputs, len(window_shape), told_by=f"window_shape {tuple(window_shape)}"
    )
    return inputs, pool_geometry(
        spatial_shape, window_shape, strides=strides, padding=padding, ceil_mode=ceil_mode
    )


def over_spatial(inputs: Array, sizes: Sequence[int]) -> tuple[int, ...]:
    """Extends one size a spatial dimension by ones for the batch, if any, and the channels."""
    return (1,) * (inputs.ndim - len(sizes) - 1) + tuple(sizes) + (1,)


def padding_of_reduction(inputs: Array, geometry: PoolGeometry) -> Pairs:
    """Returns (low, high) for every axis of `inputs`, `ceil_mode`'s overhang included."""
    spatial = tuple(
        (low, high + overhang)
        for (low, high), overhang in zip(geometry.padding, geometry.overhang, strict=True)
    )
    return ((0, 0),) * (inputs.ndim - len(spatial) - 1) + spatial + ((0, 0),)


def reduce_windows(
    inputs: Array,
    geometry: PoolGeometry,
    reducer: Callable[[Array, Array], Array],
    identity: np.ndarray,
) -> Array:
    """Reduces every window of every channel by `reducer`, whose `identity` is the padding."""
    return lax.reduce_window(
        inputs,
        identity,
        reducer,
        window_dimensions=over_spatial(inputs, geometry.window_shape),
        window_strides=over_spatial(inputs, geometry.strides),
        padding=padding_of_reduction(inputs, geometry),
    )


def smallest(dtype: DTypeLike) -> np.ndarray:
    """Returns the identity of max: minus infinity or the smallest integer."""
    is_float = jnp.issubdtype(dtype, jnp.floating)
    return np.array(-np.inf if is_float else jnp.iinfo(dtype).min, dtype)


def largest(dtype: DTypeLike) -> np.ndarray:
    """Returns the identity of min: infinity or the largest integer."""
    is_float = jnp.issubdtype(dtype, jnp.floating)
    return np.array(np.inf if is_float else jnp.iinfo(dtype).max, dtype)


def mean_dtype(dtype: DTypeLike) -> np.dtype:
    """Returns the dtype of a mean: the inputs' own float, or JAX's default float for integers."""
    return jnp.dtype(dtype) if jnp.issubdtype(dtype, jnp.floating) else jnp.result_type(float)


def accumulation_dtype(dtype: DTypeLike) -> np.dtype:
    """Returns the float to add in: at least float32, because half-precision sums lose digits."""
    return jnp.dtype(jnp.float32) if jnp.finfo(dtype).bits < 32 else jnp.dtype(dtype)
