"""Modules check what the layers that build them check."""

import re

import numpy as np
import pytest
from flax import nnx

from jaxcnn.layers import (
    ActivationModule,
    AdaptiveAvgPoolModule,
    ChannelShuffleModule,
    ChannelSplitModule,
    ConvTransposeModule,
    DropoutModule,
    DropPathModule,
    GlobalPoolModule,
    LayerScaleModule,
    ParallelModule,
    PoolModule,
    RescaleModule,
    SqueezeExciteModule,
    WhiteningConvModule,
)
from jaxcnn.layers._normalization import LocalResponseNormModule

RNGS = nnx.Rngs(0)
NAN = float("nan")


def conv_transpose(*sizes, **options):
    inits = {"kernel_init": nnx.initializers.zeros, "bias_init": nnx.initializers.zeros}
    defaults = {"strides": 1, "padding": "SAME", "use_bias": True, "rngs": RNGS}
    return ConvTransposeModule(*sizes, **inits, **defaults | options)


def squeeze_excite(channels=4, features=2, activation="relu", gate="sigmoid"):
    zeros = nnx.initializers.zeros
    return SqueezeExciteModule(
        channels, features, activation=activation, gate=gate, kernel_init=zeros, rngs=RNGS
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DropoutModule(NAN), "rate: expected a finite number of at least 0 and below 1"),
        (lambda: DropoutModule(1.5), "rate: expected a finite number of at least 0 and below 1"),
        (lambda: DropoutModule(-1), "rate: expected a finite number of at least 0 and below 1"),
        (lambda: DropPathModule(-1.0), "rate: expected a finite number of at least 0 and below 1"),
        (lambda: RescaleModule(NAN), "factor: expected a finite number, got nan"),
        (lambda: ActivationModule("rellu"), "function: expected one of"),
        (lambda: ChannelSplitModule(2, 2), "index: expected less than parts 2, got 2"),
        (lambda: ChannelShuffleModule(0), "groups: expected at least 1, got 0"),
        (lambda: LayerScaleModule(3, NAN), "initial: expected a finite number, got nan"),
        (lambda: LayerScaleModule(0, 1), "num_features: expected at least 1, got 0"),
        (lambda: LocalResponseNormModule(0, alpha=1, beta=1, k=1), "size: expected at least 1"),
        (lambda: LocalResponseNormModule(5, alpha=1, beta=1, k=0), "k: expected a positive number"),
        (lambda: PoolModule("sum_pool", (2, 2)), "function: expected one of max_pool, avg_pool"),
        (lambda: PoolModule("max_pool", (0, 2)), "window_shape: expected at least 1, got (0, 2)"),
        (lambda: PoolModule("max_pool", (2,), strides=0), "strides: expected at least 1, got 0"),
        (lambda: GlobalPoolModule("pool", 2), "function: expected one of global_max_pool, global"),
        (lambda: GlobalPoolModule("global_max_pool", 0), "spatial_rank: expected at least 1"),
        (lambda: AdaptiveAvgPoolModule((0, 2)), "output_size: expected at least 1, got (0, 2)"),
        (lambda: ParallelModule([], "product"), "combine: expected one of sum, concat"),
        (lambda: WhiteningConvModule(3, 0, epsilon=1, rngs=RNGS), "kernel_size: expected at least"),
        (lambda: WhiteningConvModule(3, 2, epsilon=NAN, rngs=RNGS), "epsilon: expected a finite"),
        (lambda: squeeze_excite(features=0), "features: expected at least 1, got 0"),
        (lambda: squeeze_excite(gate="sigmoide"), "gate: expected one of"),
        (lambda: conv_transpose(3, 0, (2, 2)), "features: expected at least 1, got 0"),
        (lambda: conv_transpose(3, 4, (2, 2), strides=0), "strides: expected at least 1, got 0"),
        (
            lambda: conv_transpose(3, 4, (2,), feature_group_count=2),
            "the input's 3 channels",
        ),
    ],
)
def test_a_module_checks_its_arguments(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_numbers_of_numpy_are_static_attributes():
    """What `nnx.split` returns must hash and compare equal."""
    for one, other in (
        (RescaleModule(np.float32(0.5)), RescaleModule(0.5)),
        (
            PoolModule("max_pool", [2], strides=np.int64(2)),
            PoolModule("max_pool", (2,), strides=2),
        ),
        (ChannelShuffleModule(np.int8(2)), ChannelShuffleModule(2)),
    ):
        assert nnx.graphdef(one) == nnx.graphdef(other)
