"""Layers that make a value from the one in its place, or pass it on."""

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from jaxcnn import functional as F
from jaxcnn.explain.units._terms import Place, Terms, copied
from jaxcnn.layers import (
    ActivationModule,
    ChannelShuffleModule,
    ChannelSplitModule,
    FlattenModule,
    SqueezeExciteModule,
)

_OF_ALL_CHANNELS = ("log_softmax", "softmax")


def terms_of_dense(dense: nnx.Linear, inputs: Array, place: Place) -> Terms:
    """The inputs in that place, their weights, and the bias."""
    weights = dense.kernel[..., place[-1]]
    return Terms(
        formula="sum",
        inputs=inputs[place[:-1]],
        weights=weights,
        bias=jnp.zeros((), weights.dtype) if dense.bias is None else dense.bias[...][place[-1]],
        inside=jnp.ones(weights.shape, bool),
    )


def terms_of_embedding(embedding: nnx.Embed, inputs: Array, place: Place) -> Terms:
    """The number in the row of the table that was looked up."""
    within = (inputs[place[:-1]], place[-1])
    return copied(embedding.embedding[...][within], "embedding", within)


def terms_of_activation(activation: ActivationModule, inputs: Array, place: Place) -> Terms:
    """What the function is of; its slope there is the weight."""
    function = getattr(F, activation.function)
    of_all = activation.function in _OF_ALL_CHANNELS
    argument = inputs[place[:-1]] if of_all else inputs[place]

    def value_of(argument: Array) -> Array:
        return function(argument)[place[-1]] if of_all else function(argument)

    value, slope = jax.value_and_grad(value_of)(argument)
    return Terms(
        formula="function",
        inputs=argument,
        weights=slope,
        bias=value - (argument * slope).sum(),
        inside=jnp.ones(argument.shape, bool),
        name=activation.function,
        place=place[-1:] if of_all else (),
    )


def terms_of_flatten(flatten: FlattenModule, inputs: Array, place: Place) -> Terms:
    """The value that was put there."""
    del flatten
    within = tuple(jnp.unravel_index(place[-1], inputs.shape))
    return copied(inputs[within], "inputs", within)


def terms_of_dropout(dropout: nnx.Dropout, inputs: Array, place: Place) -> Terms:
    """The value in its place: in eval mode, nothing is dropped."""
    del dropout
    return copied(inputs[place], "inputs", place)


def terms_of_split(split: ChannelSplitModule, inputs: Array, place: Place) -> Terms:
    """The value of the channel that was kept."""
    first = split.index * (inputs.shape[-1] // split.parts)
    within = (*place[:-1], first + place[-1])
    return copied(inputs[within], "inputs", within)


def terms_of_shuffle(shuffle: ChannelShuffleModule, inputs: Array, place: Place) -> Terms:
    """The value of the channel that was dealt there."""
    size, channel = inputs.shape[-1] // shuffle.groups, place[-1]
    within = (*place[:-1], channel % shuffle.groups * size + channel // shuffle.groups)
    return copied(inputs[within], "inputs", within)


def terms_of_gated(gated: SqueezeExciteModule, inputs: Array, place: Place) -> Terms:
    """The value in its place, times its channel's gate."""
    gates = gated.gates(inputs[None])[0]
    return Terms(
        formula="sum",
        inputs=inputs[place],
        weights=gates[place[-1]],
        bias=jnp.zeros((), inputs.dtype),
        inside=jnp.ones((), bool),
    )
