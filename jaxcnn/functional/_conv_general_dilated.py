"""The drop-in for `jax.lax.conv_general_dilated`."""

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
    """Convolves `lhs` with `rhs`: the signature, results and errors of JAX's function of the name.

    Only how a CPU computes it is jaxcnn's own, see `jaxcnn.lowering`. Every convolution of jaxcnn
    goes through here, and whoever takes a `conv_general_dilated=` argument, such as
    `flax.nnx.Conv`, can be given this one.

    Args:
        lhs: input of rank n + 2; by default `(N, C, *spatial)`.
        rhs: kernel of rank n + 2; by default `(C_out, C_in / groups, *window)`.
        window_strides: n strides.
        padding: `"SAME"`, `"SAME_LOWER"`, `"VALID"` or n (low, high) pairs.
        lhs_dilation: n dilations of the input, or None.
        rhs_dilation: n dilations of the kernel, or None.
        dimension_numbers: the meaning of the axes, such as `("NHWC", "HWIO", "NHWC")`.
        feature_group_count: number of groups of channels that do not mix.
        batch_group_count: number of groups of examples, used by gradients of grouped convolutions.
        precision: precision of the products, see `jax.lax.Precision`.
        preferred_element_type: dtype to accumulate in and to return.
        out_sharding: sharding of the output in explicit sharding mode.

    Returns:
        The convolution, with its axes as `dimension_numbers` says.

    Raises:
        TypeError: dtypes differ, or ranks or channels do not agree.
        ValueError: strides, dilations, groups or padding do not fit the arrays.

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
