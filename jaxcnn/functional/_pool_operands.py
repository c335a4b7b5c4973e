"""What all poolings share: checking the input, its windows and dtypes."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike, DTypeLike

from jaxcnn.functional._padding import PaddingLike
from jaxcnn.functional._resolve import pool_window
from jaxcnn.functional._spatial import IntOrInts, spatial_shape_of
from jaxcnn.lowering import SlidingWindow


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
        inputs, len(window_shape), told_by=f"window_shape {tuple(window_shape)}"
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
