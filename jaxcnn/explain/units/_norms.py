"""Normalisations: ``scale · (x - mean) / sqrt(variance + epsilon) + bias``."""

import jax.numpy as jnp
from flax import nnx
from jax import Array, lax

from jaxcnn.explain.units._terms import Place, Terms, tangent


def terms_of_batch_norm(norm: nnx.BatchNorm, inputs: Array, place: Place) -> Terms:
    """The value in its place, and the running statistics of its channel."""
    if norm.axis not in (-1, inputs.ndim):
        return tangent(norm, inputs, place, "sum")
    mean, variance = norm.mean[...][place[-1]], norm.var[...][place[-1]]
    return _normalized(norm, inputs[place], mean, variance, place[-1])


def terms_of_layer_norm(norm: nnx.LayerNorm, inputs: Array, place: Place) -> Terms:
    """The value in its place, and the statistics of all channels there."""
    if {norm.reduction_axes, norm.feature_axes} != {-1}:
        return tangent(norm, inputs, place)
    of_place = inputs[place[:-1]]
    return _normalized(norm, inputs[place], of_place.mean(), of_place.var(), place[-1])


def terms_of_group_norm(norm: nnx.GroupNorm, inputs: Array, place: Place) -> Terms:
    """The value in its place, and the statistics of its group of channels over all places."""
    if norm.reduction_axes is not None:
        return tangent(norm, inputs, place)
    first = place[-1] // norm.group_size * norm.group_size
    group = lax.dynamic_slice_in_dim(inputs, first, norm.group_size, axis=-1)
    return _normalized(norm, inputs[place], group.mean(), group.var(), place[-1])


def _normalized(
    norm: nnx.BatchNorm | nnx.LayerNorm | nnx.GroupNorm,
    value: Array,
    mean: Array,
    variance: Array,
    channel: int | Array,
) -> Terms:
    """The terms of one value: its statistics count as constants, part of weight and bias."""
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
