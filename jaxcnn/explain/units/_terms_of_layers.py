"""Find the terms that make one value of a layer; `_terms_of_windows` does so for windows."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array, lax
from jax.core import Tracer

from jaxcnn import functional as F
from jaxcnn.explain.units._terms import Place, Terms, terms_of_copy, terms_of_tangent
from jaxcnn.explain.units._terms_of_windows import (
    terms_of_conv,
    terms_of_max,
    terms_of_mean,
    terms_of_pool,
    terms_of_whitening,
)
from jaxcnn.layers import (
    ActivationModule,
    AdaptiveAvgPoolModule,
    ChannelShuffleModule,
    ChannelSplitModule,
    ConvTransposeModule,
    FlattenModule,
    GlobalPoolModule,
    LayerScaleModule,
    ParallelModule,
    PoolModule,
    RescaleModule,
    ResidualModule,
    SeparableConvModule,
    SequentialModule,
    SpectralNormModule,
    SqueezeExciteModule,
    WeightNormModule,
    WhiteningConvModule,
    call,
)

_ACROSS_CHANNELS = ("log_softmax", "softmax")


def terms_of_dense(dense: nnx.Linear, inputs: Array, place: Place) -> Terms:
    """The inputs at that position, their weights, and the bias."""
    weights = dense.kernel[..., place[-1]]
    return Terms(
        formula="sum",
        inputs=inputs[place[:-1]],
        weights=weights,
        bias=jnp.zeros((), weights.dtype) if dense.bias is None else dense.bias[...][place[-1]],
        inside=jnp.ones(weights.shape, bool),
    )


def terms_of_embedding(embedding: nnx.Embed, inputs: Array, place: Place) -> Terms:
    """The value in the row of the table that was looked up."""
    within = (inputs[place[:-1]], place[-1])
    return terms_of_copy(embedding.embedding[...][within], "embedding", within)


def terms_of_activation(activation: ActivationModule, inputs: Array, place: Place) -> Terms:
    """The function's argument; the weight is its slope there."""
    function = getattr(F, activation.function)
    across_channels = activation.function in _ACROSS_CHANNELS
    argument = inputs[place[:-1]] if across_channels else inputs[place]

    def value_of(argument: Array) -> Array:
        return function(argument)[place[-1]] if across_channels else function(argument)

    value, slope = jax.value_and_grad(value_of)(argument)
    return Terms(
        formula="function",
        inputs=argument,
        weights=slope,
        bias=value - (argument * slope).sum(),
        inside=jnp.ones(argument.shape, bool),
        name=activation.function,
        place=place[-1:] if across_channels else (),
    )


def terms_of_flatten(flatten: FlattenModule, inputs: Array, place: Place) -> Terms:
    """The value at that position before flattening."""
    del flatten
    within = tuple(jnp.unravel_index(place[-1], inputs.shape))
    return terms_of_copy(inputs[within], "inputs", within)


def terms_of_dropout(dropout: nnx.Dropout, inputs: Array, place: Place) -> Terms:
    """The value at the same position: in eval mode, nothing is dropped."""
    del dropout
    return terms_of_copy(inputs[place], "inputs", place)


def terms_of_split(split: ChannelSplitModule, inputs: Array, place: Place) -> Terms:
    """The value of the channel that the split keeps."""
    first = split.index * (inputs.shape[-1] // split.parts)
    within = (*place[:-1], first + place[-1])
    return terms_of_copy(inputs[within], "inputs", within)


def terms_of_shuffle(shuffle: ChannelShuffleModule, inputs: Array, place: Place) -> Terms:
    """The value of the channel that was shuffled there."""
    size, channel = inputs.shape[-1] // shuffle.groups, place[-1]
    within = (*place[:-1], channel % shuffle.groups * size + channel // shuffle.groups)
    return terms_of_copy(inputs[within], "inputs", within)


def terms_of_gated(gated: SqueezeExciteModule, inputs: Array, place: Place) -> Terms:
    """The value at the same position, times its channel's gate."""
    gates = gated.gates(inputs[None])[0]
    return Terms(
        formula="sum",
        inputs=inputs[place],
        weights=gates[place[-1]],
        bias=jnp.zeros((), inputs.dtype),
        inside=jnp.ones((), bool),
    )


def terms_of_batch_norm(norm: nnx.BatchNorm, inputs: Array, place: Place) -> Terms:
    """The value at the same position, and the running statistics of its channel."""
    if norm.axis not in (-1, inputs.ndim):
        return terms_of_tangent(norm, inputs, place, "sum")
    mean, variance = norm.mean[...][place[-1]], norm.var[...][place[-1]]
    return _terms_of_normalization(norm, inputs[place], mean, variance, place[-1])


def terms_of_layer_norm(norm: nnx.LayerNorm, inputs: Array, place: Place) -> Terms:
    """The value at the same position, and the statistics over all channels there."""
    if {norm.reduction_axes, norm.feature_axes} != {-1}:
        return terms_of_tangent(norm, inputs, place)
    channels = inputs[place[:-1]]
    return _terms_of_normalization(norm, inputs[place], channels.mean(), channels.var(), place[-1])


def terms_of_group_norm(norm: nnx.GroupNorm, inputs: Array, place: Place) -> Terms:
    """The value at the same position, and the statistics of its group over all positions."""
    if norm.reduction_axes is not None:
        return terms_of_tangent(norm, inputs, place)
    first = place[-1] // norm.group_size * norm.group_size
    group = lax.dynamic_slice_in_dim(inputs, first, norm.group_size, axis=-1)
    return _terms_of_normalization(norm, inputs[place], group.mean(), group.var(), place[-1])


def _terms_of_normalization(
    norm: nnx.BatchNorm | nnx.LayerNorm | nnx.GroupNorm,
    value: Array,
    mean: Array,
    variance: Array,
    channel: int | Array,
) -> Terms:
    """Return the terms of one value; its statistics count as constants, part of weight and bias."""
    scale = jnp.ones(()) if norm.scale is None else norm.scale[...][channel]
    bias = jnp.zeros(()) if norm.bias is None else norm.bias[...][channel]
    weight = scale / jnp.sqrt(variance + norm.epsilon)
    return Terms(
        formula="normalize",
        inputs=value,
        weights=weight,
        bias=bias - mean * weight,
        inside=jnp.ones((), bool),
        numbers={
            "scale": scale,
            "mean": mean,
            "variance": variance,
            "epsilon": jnp.asarray(norm.epsilon),
            "bias": bias,
        },
    )


def terms_of_residual(residual: ResidualModule, inputs: Array, place: Place) -> Terms:
    """The outputs of the layers and of the shortcut."""
    made = SequentialModule.__call__(residual, inputs[None])[0]
    if residual.shortcut is None:
        return _terms_of_sum([inputs, made], ("input", "layers"), place)
    return _terms_of_sum([residual.shortcut(inputs[None])[0], made], ("shortcut", "layers"), place)


def terms_of_parallel(parallel: ParallelModule, inputs: Array, place: Place) -> Terms:
    """The output of each branch if they are added; the value of one branch if they are stacked."""
    outputs = [call(branch, inputs[None], train=False, key=None)[0] for branch in parallel]
    keys = parallel.names or range(len(outputs))
    names = tuple(f"branch {key}" for key in keys)
    if parallel.combine == "sum":
        return _terms_of_sum(outputs, names, place)
    *position, channel = place
    if isinstance(channel, Tracer):  # its branch is not known yet
        return terms_of_copy(jnp.concatenate(outputs, axis=-1)[place], "branches", place)
    ends = np.cumsum([output.shape[-1] for output in outputs])
    branch = int(np.searchsorted(ends, channel, side="right"))
    within = (*position, channel - int(ends[branch]) + outputs[branch].shape[-1])
    return terms_of_copy(outputs[branch][within], names[branch], within)


def _terms_of_sum(outputs: list[Array], names: tuple[str, ...], place: Place) -> Terms:
    values = jnp.stack([output[place] for output in outputs])
    return Terms(
        formula="add",
        inputs=values,
        weights=jnp.ones_like(values),
        bias=jnp.zeros((), values.dtype),
        inside=jnp.ones(values.shape, bool),
        sources=names,
    )


def terms_of_layer(layer: nnx.Module, inputs: Array, place: Place) -> Terms:
    """Return the terms that make one value of a layer's outputs.

    Args:
        layer: The layer.
        inputs: Its inputs, without a batch axis.
        place: The value's index in its outputs, the channel last.
    """
    for kind, terms_of in _KINDS.items():
        if isinstance(layer, kind):
            return terms_of(layer, inputs, place)
    return terms_of_tangent(layer, inputs, place, "sum" if isinstance(layer, _SUMS) else "tangent")


def _of_global_pool(pool: GlobalPoolModule, inputs: Array, place: Place) -> Terms:
    channel = lax.dynamic_index_in_dim(inputs, place[-1], axis=-1, keepdims=False)
    of = terms_of_max if pool.function == "global_max_pool" else terms_of_mean
    return of(channel, jnp.ones(channel.shape, bool))


def _of_adaptive_pool(pool: AdaptiveAvgPoolModule, inputs: Array, place: Place) -> Terms:
    cell = terms_of_tangent(pool, inputs, place, "mean").inside[..., place[-1]]
    return terms_of_mean(inputs[..., place[-1]], cell)


def _of_sequential(sequential: SequentialModule, inputs: Array, place: Place) -> Terms:
    if not len(sequential):
        return terms_of_copy(inputs[place], "inputs", place)
    *before, last = sequential
    return terms_of_layer(last, SequentialModule(before)(inputs[None])[0], place)


# The first match is used, so subclasses come first: a Residual is a Sequential, too.
_KINDS: dict[type[nnx.Module], Callable[[Any, Array, Place], Terms]] = {
    nnx.Conv: terms_of_conv,
    WhiteningConvModule: terms_of_whitening,
    nnx.Linear: terms_of_dense,
    nnx.Embed: terms_of_embedding,
    PoolModule: terms_of_pool,
    GlobalPoolModule: _of_global_pool,
    AdaptiveAvgPoolModule: _of_adaptive_pool,
    ActivationModule: terms_of_activation,
    nnx.BatchNorm: terms_of_batch_norm,
    nnx.LayerNorm: terms_of_layer_norm,
    nnx.GroupNorm: terms_of_group_norm,
    SqueezeExciteModule: terms_of_gated,
    FlattenModule: terms_of_flatten,
    nnx.Dropout: terms_of_dropout,
    ChannelSplitModule: terms_of_split,
    ChannelShuffleModule: terms_of_shuffle,
    ResidualModule: terms_of_residual,
    SequentialModule: _of_sequential,
    ParallelModule: terms_of_parallel,
}

_SUMS = (
    nnx.ConvTranspose,
    ConvTransposeModule,
    LayerScaleModule,
    RescaleModule,
    SeparableConvModule,
    SpectralNormModule,
    WeightNormModule,
)
"""Layers that are weighted sums, which their tangent describes exactly."""
