"""A drop-in replacement for `jax.lax.conv_general_dilated`."""

from collections.abc import Sequence

from jax import Array, lax
from jax.lax import ConvGeneralDilatedDimensionNumbers
from jax.sharding import NamedSharding
from jax.sharding import PartitionSpec as P
from jax.typing import DTypeLike

from jaxcnn.lowering import rebind_convolutions


def conv_general_dilated(
    lhs: Array,
    rhs: Array,
    window_strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    dimension_numbers: ConvGeneralDilatedDimensionNumbers = None,
    feature_group_count: int = 1,
    batch_group_count: int = 1,
    precision: lax.PrecisionLike = None,
    preferred_element_type: DTypeLike | None = None,
    out_sharding: NamedSharding | P | None = None,
) -> Array:
    """Convolve `lhs` with `rhs` as `jax.lax.conv_general_dilated` does, but faster on CPUs.

    This function has the signature, results and errors of JAX's function. Only the method by which
    a CPU computes the result differs (see `jaxcnn.lowering`). Pass this function to anything that
    takes a `conv_general_dilated=` argument, such as `flax.nnx.Conv`. Every convolution of jaxcnn
    calls this function.

    Args:
        lhs: Input of rank n + 2; by default `(N, C, *spatial)`.
        rhs: Kernel of rank n + 2; by default `(C_out, C_in / groups, *window)`.
        window_strides: The n strides.
        padding: `"SAME"`, `"SAME_LOWER"`, `"VALID"` or n (low, high) pairs.
        lhs_dilation: The n dilations of the input. None sets all to 1.
        rhs_dilation: The n dilations of the kernel. None sets all to 1.
        dimension_numbers: The meaning of the axes, such as `("NHWC", "HWIO", "NHWC")`.
        feature_group_count: Number of groups of channels that do not mix.
        batch_group_count: Number of groups of examples, used by gradients of grouped convolutions.
        precision: Precision of the products, a `jax.lax.Precision` or its name. None uses JAX's
            default.
        preferred_element_type: Dtype to accumulate in and to return.
        out_sharding: Sharding of the output in explicit sharding mode.

    Returns:
        The result, with its axes in the order that `dimension_numbers` gives.

    Raises:
        TypeError: If dtypes differ, or ranks or channels do not agree.
        ValueError: If strides, dilations, groups or padding do not fit the arrays.

    Example:
        >>> import jax.numpy as jnp
        >>> conv_general_dilated(jnp.ones((1, 1, 3)), jnp.ones((1, 1, 2)), (1,), "VALID")
        Array([[[2., 2.]]], dtype=float32)
    """
    with rebind_convolutions():
        return lax.conv_general_dilated(
            lhs,
            rhs,
            window_strides,
            padding,
            lhs_dilation=lhs_dilation,
            rhs_dilation=rhs_dilation,
            dimension_numbers=dimension_numbers,
            feature_group_count=feature_group_count,
            batch_group_count=batch_group_count,
            precision=precision,
            preferred_element_type=preferred_element_type,
            out_sharding=out_sharding,
        )
