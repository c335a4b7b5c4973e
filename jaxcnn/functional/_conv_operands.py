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


def check_kernel_not_empty(kernel: Array) -> None:
    """Raises if the kernel has no window, no input channel or no filter."""
    if 0 in kernel.shape:
        raise ValueError(
            "kernel must have at least one element in its window, one input channel and one "
            f"filter, got shape {kernel.shape}"
        )


def check_channels(inputs: Array, kernel: Array, feature_group_count: int) -> None:
    """Raises unless each group of the inputs' channels is as deep as the kernel."""
    (groups,) = per_dimension("feature_group_count", feature_group_count, 1)
    channels, depth, filters = inputs.shape[-1], *kernel.shape[-2:]
    if channels % groups or filters % groups:
        raise ValueError(
            f"feature_group_count must divide the inputs' channels and the kernel's filters, "
            f"got {groups} for {channels} channels and {filters} filters"
        )
    if depth * groups != channels:
        raise ValueError(
            f"kernel of shape {kernel.shape} takes {depth * groups} input channels "
            f"(its next to last axis times feature_group_count {groups}), but inputs of shape "
            f"{inputs.shape} have {channels}; channels are the last axis of inputs"
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


def check_bias(
    bias: Array | None, kernel: Array, filters: int, output_dtype: DTypeLike | None
) -> None:
    """Raises unless the bias is `(filters,)`, of the kernel's or the output's dtype."""
    if bias is None:
        return
    if bias.shape != (filters,):
        raise ValueError(f"bias must have shape ({filters},), one a filter, got {bias.shape}")
    allowed = {kernel.dtype} | ({jnp.dtype(output_dtype)} if output_dtype is not None else set())
    if bias.dtype not in allowed:
        raise TypeError(
            f"bias must have dtype {' or '.join(sorted(map(str, allowed)))}, got {bias.dtype}"
        )
