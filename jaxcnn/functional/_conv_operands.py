"""What all convolutions share: checking their arrays, wrapping the input, adding the bias."""

import jax.numpy as jnp
from jax import Array
from jax.lax import ConvDimensionNumbers
from jax.typing import ArrayLike, DTypeLike

from jaxcnn.functional._spatial import per_dimension


def conv_operands(
    inputs: ArrayLike, kernel: ArrayLike, bias: ArrayLike | None
) -> tuple[Array, Array, Array | None]:
    """Returns the operands as arrays, raising unless their dtypes agree."""
    inputs, kernel = jnp.asarray(inputs), jnp.asarray(kernel)
    if inputs.dtype != kernel.dtype:
        raise TypeError(
            f"inputs and kernel must have one dtype, got {inputs.dtype} and {kernel.dtype}; "
            "convert one of them with .astype, and remember to rescale pixels of 0 to 255"
        )
    return inputs, kernel, None if bias is None else jnp.asarray(bias)


def check_operands(
    inputs: Array,
    kernel: Array,
    bias: Array | None,
    *,
    feature_group_count: int = 1,
    preferred_element_type: DTypeLike | None,
    kernel_axes: tuple[int, int] = (-2, -1),
) -> None:
    """Raises unless channels and filters agree; `kernel_axes` are those two axes of the kernel."""
    if 0 in kernel.shape:
        raise ValueError(
            "kernel must have at least one element in its window, one input channel and one "
            f"filter, got shape {kernel.shape}"
        )
    depth, filters = (kernel.shape[axis] for axis in kernel_axes)
    _check_channels(inputs, kernel, depth, filters, feature_group_count)
    if bias is not None:
        _check_bias(bias, filters, kernel.dtype, preferred_element_type)


def _check_channels(
    inputs: Array, kernel: Array, depth: int, filters: int, feature_group_count: int
) -> None:
    (groups,) = per_dimension("feature_group_count", feature_group_count, 1)
    channels = inputs.shape[-1]
    if channels % groups or filters % groups:
        raise ValueError(
            f"feature_group_count must divide the inputs' channels and the kernel's filters, "
            f"got {groups} for {channels} channels and {filters} filters"
        )
    if depth * groups != channels:
        in_groups = f" ({depth} in each of {groups} groups)" if groups > 1 else ""
        raise ValueError(
            f"kernel of shape {kernel.shape} takes {depth * groups} input channels{in_groups}, "
            f"but inputs of shape {inputs.shape} have {channels}: their last axis is channels"
        )


def _check_bias(
    bias: Array, filters: int, dtype: DTypeLike, preferred_element_type: DTypeLike | None
) -> None:
    if bias.shape != (filters,):
        raise ValueError(f"bias must have shape ({filters},), one a filter, got {bias.shape}")
    allowed = {jnp.dtype(t) for t in (dtype, preferred_element_type) if t is not None}
    if bias.dtype not in allowed:
        raise TypeError(
            f"bias must have dtype {' or '.join(sorted(map(str, allowed)))}, got {bias.dtype}"
        )


def channels_last(spatial_rank: int) -> ConvDimensionNumbers:
    """Returns the dimension numbers of `(N, *spatial, C)` and `(*window, I, O)`."""
    spatial = tuple(range(1, spatial_rank + 1))
    images = (0, spatial_rank + 1, *spatial)
    kernel = (spatial_rank + 1, spatial_rank, *range(spatial_rank))
    return ConvDimensionNumbers(images, kernel, images)


def wrap(inputs: Array, pairs: tuple[tuple[int, int], ...]) -> Array:
    """Continues `(N, *spatial, C)` periodically: what leaves on one side comes in on the other."""
    return jnp.pad(inputs, ((0, 0), *pairs, (0, 0)), mode="wrap")


def add_bias(outputs: Array, bias: Array | None) -> Array:
    """Adds `(C,)` to `(..., C)`."""
    if bias is None:
        return outputs
    return outputs + bias.astype(outputs.dtype).reshape((1,) * (outputs.ndim - 1) + bias.shape)
