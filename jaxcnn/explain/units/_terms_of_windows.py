"""Find the terms that make one value of a convolution or a pooling: those under its window."""

from collections.abc import Sequence
from typing import cast

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array, lax

from jaxcnn import functional as F
from jaxcnn.explain.units._terms import Place, Terms, terms_of_tangent
from jaxcnn.layers import PoolModule, WhiteningConvModule


def terms_of_conv(conv: nnx.Conv, inputs: Array, place: Place) -> Terms:
    """The patch under a filter, the filter, and its bias."""
    padding = conv.padding
    is_unknown = isinstance(padding, str) and padding not in F.NAMED_PADDINGS
    if is_unknown or np.any(np.greater(conv.input_dilation or 1, 1)):
        return terms_of_tangent(conv, inputs, place, "sum")
    kernel = conv.kernel[...] if conv.mask is None else conv.kernel[...] * conv.mask
    window = F.conv_window(
        inputs.shape[:-1],
        conv.kernel_size,
        strides=conv.strides or 1,
        padding=cast(F.PaddingLike, padding),
        kernel_dilation=conv.kernel_dilation or 1,
    )
    lows = [low for low, _ in window.padding]
    indices = _under_window(place, conv.kernel_size, window.strides, lows, window.dilation)
    if padding == "CIRCULAR":
        indices = [index % size for index, size in zip(indices, inputs.shape, strict=False)]
    channels = kernel.shape[-2]  # per group
    group = place[-1] // (conv.out_features // conv.feature_group_count)
    of_group = lax.dynamic_slice_in_dim(inputs, group * channels, channels, axis=-1)
    bias = None if conv.bias is None else conv.bias[...]
    return _terms_of_filter(of_group, indices, kernel, bias, place[-1])


def terms_of_whitening(conv: WhiteningConvModule, inputs: Array, place: Place) -> Terms:
    """The patch, the whitening filter, and its bias."""
    kernel = conv.kernel[...]
    indices = _under_window(place, kernel.shape[:2], (1, 1), (0, 0), (1, 1))
    return _terms_of_filter(inputs, indices, kernel, conv.bias[...], place[-1])


def terms_of_pool(pool: PoolModule, inputs: Array, place: Place) -> Terms:
    """The values under the window."""
    options = dict(pool.options)
    includes_padding = options.pop("count_include_pad", True)
    window = F.pool_window(
        inputs.shape[:-1],
        pool.window_shape,
        strides=options.get("strides"),
        padding=options.get("padding", "VALID"),
        ceil_mode=options.get("ceil_mode", False),
    )
    lows = [low for low, _ in window.padding]
    steps = [1] * len(lows)
    indices = _under_window(place, window.sizes, window.strides, lows, steps)
    channel = lax.dynamic_index_in_dim(inputs, place[-1], axis=-1, keepdims=False)
    bounds = [(0, size) for size in channel.shape]
    if pool.function == "max_pool":
        return terms_of_max(_cut(channel, indices), _within(indices, bounds))
    if includes_padding:  # what ceil_mode adds beyond the padding never counts
        sides = zip(channel.shape, window.padding, strict=True)
        bounds = [(-low, size + high) for size, (low, high) in sides]
    return terms_of_mean(_cut(channel, indices), _within(indices, bounds))


def terms_of_max(values: Array, inside: Array) -> Terms:
    """Return the terms of a maximum: the first of the largest values has the weight 1."""
    winner = jnp.where(inside, values, -jnp.inf).argmax()
    weights = (jnp.arange(values.size) == winner).reshape(values.shape).astype(values.dtype)
    zero = jnp.zeros((), values.dtype)
    return Terms(formula="max", inputs=values, weights=weights, bias=zero, inside=inside)


def terms_of_mean(values: Array, inside: Array) -> Terms:
    """Return the terms of a mean over the values that count."""
    weights = inside / inside.sum().astype(values.dtype)
    zero = jnp.zeros((), values.dtype)
    return Terms(formula="mean", inputs=values, weights=weights, bias=zero, inside=inside)


def _terms_of_filter(
    inputs: Array, indices: Sequence[Array], kernel: Array, bias: Array | None, channel: int | Array
) -> Terms:
    weights = kernel[..., channel]
    inside = _within(indices, [(0, size) for size in inputs.shape[:-1]])
    return Terms(
        formula="sum",
        inputs=_cut(inputs, indices),
        weights=weights,
        bias=jnp.zeros((), kernel.dtype) if bias is None else bias[channel],
        inside=jnp.broadcast_to(inside[..., None], weights.shape),
    )


def _under_window(
    place: Place,
    window: Sequence[int],
    strides: Sequence[int],
    lows: Sequence[int],
    dilation: Sequence[int],
) -> list[Array]:
    """Return for each spatial axis the indices of the inputs under the window."""
    axes = zip(place, window, strides, lows, dilation, strict=False)
    return [at * stride - low + step * jnp.arange(size) for at, size, stride, low, step in axes]


def _cut(inputs: Array, indices: Sequence[Array]) -> Array:
    """Return the inputs at these indices of their first axes; 0 outside of the inputs."""
    sizes = inputs.shape[: len(indices)]
    inside = _within(indices, [(0, size) for size in sizes])
    inside = inside.reshape(*inside.shape, *(1,) * (inputs.ndim - len(indices)))
    clipped = [jnp.clip(index, 0, size - 1) for index, size in zip(indices, sizes, strict=True)]
    return jnp.where(inside, inputs[jnp.ix_(*clipped)], 0)


def _within(indices: Sequence[Array], bounds: Sequence[tuple[int, int]]) -> Array:
    """Return whether the indices lie in a box, with one axis per array of indices."""
    sides = zip(indices, bounds, strict=True)
    inside = [(low <= index) & (index < high) for index, (low, high) in sides]
    return jnp.stack(jnp.meshgrid(*inside, indexing="ij")).all(axis=0)
