"""What all convolutions ask of their arrays: shapes and dtypes that agree."""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike, DTypeLike

from jaxcnn._support.arguments import per_axis
from jaxcnn.functional._spatial import spatial_shape_of


def conv_operands(
    inputs: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None,
    *,
    feature_group_count: int,
    preferred_element_type: DTypeLike | None,
    transpose_kernel: bool = False,
) -> tuple[Array, Array, Array | None, tuple[int, ...]]:
    """Returns the operands as arrays and the inputs' spatial shape, raising unless all agree.

    The kernel is `(*window, C_in / groups, C_out)`, or with `transpose_kernel`
    `(*window, C_out / groups, C_in)`.
    """
    inputs, kernel = jnp.asarray(inputs), jnp.asarray(kernel)
    if inputs.dtype != kernel.dtype:
        raise TypeError(
            f"inputs and kernel must have one dtype, got {inputs.dtype} and {kernel.dtype}; "
            "convert one of them with .astype, and remember to rescale pixels of 0 to 255"
        )
    told_by = f"kernel of shape {kernel.shape}"
    spatial_shape = spatial_shape_of(inputs, kernel.ndim - 2, told_by=told_by)
    if 0 in kernel.shape:
        raise ValueError(
            "kernel must have at least one element in its window, one input channel and one "
            f"filter, got shape {kernel.shape}"
        )
    (groups,) = per_axis("feature_group_count", feature_group_count, 1)
    grouped, whole = kernel.shape[-2] * groups, kernel.shape[-1]
    c_in, c_out = (whole, grouped) if transpose_kernel else (grouped, whole)
    _check_channels(inputs, kernel, c_in, groups)
    if bias is not None:
        bias = jnp.asarray(bias)
        _check_bias(bias, c_out, kernel.dtype, preferred_element_type)
    return inputs, kernel, bias, spatial_shape


def _check_channels(inputs: Array, kernel: Array, c_in: int, groups: int) -> None:
    channels, filters = inputs.shape[-1], kernel.shape[-1]
    if channels % groups or filters % groups:
        raise ValueError(
            f"feature_group_count must divide the inputs' channels and the kernel's filters, "
            f"got {groups} for {channels} channels and {filters} filters"
        )
    if c_in != channels:
        in_groups = f" ({c_in // groups} in each of {groups} groups)" if groups > 1 else ""
        raise ValueError(
            f"kernel of shape {kernel.shape} takes {c_in} input channels{in_groups}, "
            f"but inputs of shape {inputs.shape} have {channels}: their last axis is channels"
        )


def _check_bias(
    bias: Array, c_out: int, dtype: DTypeLike, preferred_element_type: DTypeLike | None
) -> None:
    if bias.shape != (c_out,):
        raise ValueError(f"bias must have shape ({c_out},), one a filter, got {bias.shape}")
    allowed = {jnp.dtype(t) for t in (dtype, preferred_element_type) if t is not None}
    if bias.dtype not in allowed:
        raise TypeError(
            f"bias must have dtype {' or '.join(sorted(map(str, allowed)))}, got {bias.dtype}"
        )
