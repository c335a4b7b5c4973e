"""Any layer's terms."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from flax import nnx
from jax import Array, lax

from jaxcnn.explain.units._joined import terms_of_parallel, terms_of_residual
from jaxcnn.explain.units._norms import (
    terms_of_batch_norm,
    terms_of_group_norm,
    terms_of_layer_norm,
)
from jaxcnn.explain.units._terms import Place, Terms, copied, tangent
from jaxcnn.explain.units._values import (
    terms_of_activation,
    terms_of_dense,
    terms_of_dropout,
    terms_of_embedding,
    terms_of_flatten,
    terms_of_gated,
    terms_of_shuffle,
    terms_of_split,
)
from jaxcnn.explain.units._windows import (
    largest_of,
    mean_of,
    terms_of_conv,
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
    SqueezeExciteModule,
    WhiteningConvModule,
)


def terms_of_layer(layer: nnx.Module, inputs: Array, place: Place) -> Terms:
    """What a layer computes one value of its outputs from.

    Args:
        layer: the layer.
        inputs: what it reads, with no batch axis.
        place: of the value in its outputs, the channel last.
    """
    for kind, terms_of in _KINDS.items():
        if isinstance(layer, kind):
            return terms_of(layer, inputs, place)
    return tangent(layer, inputs, place, "sum" if isinstance(layer, _SUMS) else "tangent")


def _of_global_pool(pool: GlobalPoolModule, inputs: Array, place: Place) -> Terms:
    channel = lax.dynamic_index_in_dim(inputs, place[-1], axis=-1, keepdims=False)
    of = largest_of if pool.function == "global_max_pool" else mean_of
    return of(channel, jnp.ones(channel.shape, bool))


def _of_adaptive_pool(pool: AdaptiveAvgPoolModule, inputs: Array, place: Place) -> Terms:
    cell = tangent(pool, inputs, place, "mean").inside[..., place[-1]]
    return mean_of(inputs[..., place[-1]], cell)


def _of_sequential(sequential: SequentialModule, inputs: Array, place: Place) -> Terms:
    if not len(sequential):
        return copied(inputs[place], "inputs", place)
    *before, last = sequential
    return terms_of_layer(last, SequentialModule(before)(inputs[None])[0], place)


# The first that fits is taken: a Residual is a Sequential, too.
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
)
"""Those whose tangent is what they do."""
