"""What all convolutions end in: the one call of JAX's, channels last, for a batch or an example."""

import jax.numpy as jnp
from jax import Array, lax
from jax.lax import ConvDimensionNumbers
from jax.typing import DTypeLike

from jaxcnn.functional._conv_general_dilated import conv_general_dilated
from jaxcnn.lowering import Pairs, SlidingWindow


def convolve(
    inputs: Array,
    kernel: Array,
    bias: Array | None,
    window: SlidingWindow,
    *,
    wrap: Pairs | None,
    feature_group_count: int,
    precision: lax.PrecisionLike,
    preferred_element_type: DTypeLike | None,
) -> Array:
    """Convolves `(N, *spatial, C_in)` or one example with `(*window, C_in / groups, C_out)`.

    What `wrap` elements of the input fill of the padding, before its dilation, continues the
    input periodically; the rest is zeros.
    """
    spatial_rank = kernel.ndim - 2
    is_single = inputs.ndim == spatial_rank + 1
    outputs = conv_general_dilated(
        _wrap(inputs[None] if is_single else inputs, wrap),
        kernel,
        window_strides=window.strides,
        padding=_zeros(window, wrap),
        lhs_dilation=window.input_dilation,
        rhs_dilation=window.dilation,
        dimension_numbers=_channels_last(spatial_rank),
        feature_group_count=feature_group_count,
        precision=precision,
        preferred_element_type=preferred_element_type,
    )
    if bias is not None:
        outputs += bias.astype(outputs.dtype).reshape((1,) * (outputs.ndim - 1) + bias.shape)
    return outputs[0] if is_single else outputs


def _wrap(batch: Array, pairs: Pairs | None) -> Array:
    """Continues `(N, *spatial, C)` periodically: what leaves on one side comes in on the other."""
    if pairs is None or not any(map(any, pairs)):
        return batch
    return jnp.pad(batch, ((0, 0), *pairs, (0, 0)), mode="wrap")


def _zeros(window: SlidingWindow, wrap: Pairs | None) -> Pairs:
    """Returns the padding that is left after wrapping."""
    if wrap is None:
        return window.padding
    rows = zip(window.padding, wrap, window.input_dilation, strict=True)
    return tuple(
        (low - before * dilation, high - after * dilation)
        for (low, high), (before, after), dilation in rows
    )


def _channels_last(spatial_rank: int) -> ConvDimensionNumbers:
    """Returns the dimension numbers of `(N, *spatial, C)` and `(*window, I, O)`."""
    spatial = tuple(range(1, spatial_rank + 1))
    images = (0, spatial_rank + 1, *spatial)
    kernel = (spatial_rank + 1, spatial_rank, *range(spatial_rank))
    return ConvDimensionNumbers(images, kernel, images)
