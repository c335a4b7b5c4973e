# pyright: reportArgumentType=false
# (Wrong types are the point of these tests.)
import re

import numpy as np
import pytest

from jaxcnn import (
    Activation,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    ChannelShuffle,
    ChannelSplit,
    Conv,
    ConvTranspose,
    Dense,
    DepthwiseConv,
    DropBlock,
    Dropout,
    DropPath,
    Embedding,
    GroupNorm,
    LayerNorm,
    LayerScale,
    LocalResponseNorm,
    MaxPool,
    Rescale,
    RMSNorm,
    SeparableConv,
    SpatialDropout,
    SpectralNorm,
    SqueezeExcite,
    WeightNorm,
    WhiteningConv,
)

NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Conv(0, 3), "features: expected at least 1, got 0"),
        (lambda: Dense(-3), "features: expected at least 1, got -3"),
        (lambda: Conv(4, 0), "kernel_size: expected at least 1, got 0"),
        (lambda: Conv(4, (3, 0)), "kernel_size: expected at least 1, got (3, 0)"),
        (lambda: Conv(4, ()), "kernel_size: expected at least one entry, got ()"),
        (lambda: Conv(4, 3, strides=0), "strides: expected at least 1, got 0"),
        (lambda: Conv(4, 3, strides=(1, -1)), "strides: expected at least 1, got (1, -1)"),
        (lambda: Conv(4, 3, kernel_dilation=0), "kernel_dilation: expected at least 1, got 0"),
        (lambda: Conv(4, 3, padding=-1), "padding: expected at least 0, got -1"),
        (lambda: Conv(4, 3, padding=((0, -1),)), "padding: expected at least 0, got (0, -1)"),
        (lambda: Conv(4, 3, padding=()), "padding: expected at least one entry, got ()"),
        (
            lambda: Conv(4, 3, padding=((1, 1, 1), (0, 0))),
            "padding: expected a (low, high) pair per axis",
        ),
        (
            lambda: Conv(4, 3, padding="same"),
            "padding: expected one of SAME, VALID, CIRCULAR, got 'same'",
        ),
        (lambda: Conv(4, 3, padding="VALD"), "got 'VALD' (did you mean VALID?"),
        (
            lambda: Conv(4, (3, 3), strides=(1, 1, 1)),
            "kernel_size and strides: expected equally many axes, "
            "got kernel_size (3, 3), strides (1, 1, 1)",
        ),
        (lambda: Conv(4, 3, feature_group_count=0), "feature_group_count: expected at least 1"),
        (
            lambda: Conv(4, 3, feature_group_count=3),
            "feature_group_count: expected a divisor of features 4, got 3",
        ),
        (
            lambda: Conv(4, 3, feature_group_count=2, kernel_init="dirac"),
            "feature_group_count: expected 1 with kernel_init 'dirac', "
            "which is the identity only if every filter takes all channels, got 2",
        ),
        (
            lambda: Conv(4, 3, padding=[[1, 2, 3], 0]),
            "padding: expected a (low, high) pair per axis",
        ),
        (lambda: Conv(4, 3, kernel_init="he"), "kernel_init: expected one of constant, dirac"),
        (lambda: Dense(4, kernel_init="he_norml"), "did you mean he_normal"),
        (lambda: Activation("rellu"), "got 'rellu' (did you mean relu"),
        (lambda: Activation("__import__"), "function: expected one of"),
        (lambda: MaxPool(0), "window_shape: expected at least 1, got 0"),
        (lambda: MaxPool(2, 0), "strides: expected at least 1, got 0"),
        (
            lambda: AvgPool((2, 2), padding=((0, 1),)),
            "window_shape and padding: expected equally many axes, "
            "got window_shape (2, 2), padding ((0, 1),)",
        ),
        (lambda: Dropout(1.0), "rate: expected a finite number of at least 0 and below 1, got 1.0"),
        (
            lambda: Dropout(-0.1),
            "rate: expected a finite number of at least 0 and below 1, got -0.1",
        ),
        (lambda: Dropout(NAN), "rate: expected a finite number"),
        (lambda: Rescale(INFINITY), "factor: expected a finite number"),
        (lambda: Rescale(10**400), "factor: expected a finite number"),
        (
            lambda: BatchNorm(momentum=1.5),
            "momentum: expected a finite number of at least 0 and below 1, got 1.5",
        ),
        (
            lambda: BatchNorm(epsilon=-1.0),
            "epsilon: expected a finite number of at least 0, got -1.0",
        ),
        (lambda: WhiteningConv(0), "kernel_size: expected at least 1, got 0"),
        (lambda: WhiteningConv(epsilon=NAN), "epsilon: expected a finite number"),
        (lambda: DepthwiseConv(0), "kernel_size: expected at least 1, got 0"),
        (lambda: DepthwiseConv(3, channel_multiplier=0), "channel_multiplier: expected at least 1"),
        (lambda: DepthwiseConv(3, padding="VALD"), "got 'VALD' (did you mean VALID?"),
        (
            lambda: DepthwiseConv(3, kernel_init="dirac"),
            "kernel_init: expected another initializer, got 'dirac', which",
        ),
        (lambda: SeparableConv(0, 3), "features: expected at least 1, got 0"),
        (lambda: SeparableConv(4, (3, 3), strides=(1,)), ": expected equally many axes"),
        (
            lambda: SeparableConv(4, 3, kernel_init="dirac"),
            "kernel_init: expected another initializer, got 'dirac', which",
        ),
        (lambda: ConvTranspose(4, 3, strides=0), "strides: expected at least 1, got 0"),
        (lambda: ConvTranspose(4, 3, padding=-1), "padding: expected at least 0, got -1"),
        (
            lambda: ConvTranspose(4, 3, kernel_init="dirac"),
            "kernel_init: expected another initializer, got 'dirac', which",
        ),
        (lambda: AdaptiveAvgPool(0), "output_size: expected at least 1, got 0"),
        (lambda: AdaptiveAvgPool(()), "output_size: expected at least one entry, got ()"),
        (lambda: GroupNorm(0), "num_groups: expected at least 1, got 0"),
        (
            lambda: GroupNorm(epsilon=-1.0),
            "epsilon: expected a finite number of at least 0, got -1.0",
        ),
        (lambda: LayerNorm(epsilon=INFINITY), "epsilon: expected a finite number"),
        (lambda: LocalResponseNorm(0), "size: expected at least 1, got 0"),
        (
            lambda: LocalResponseNorm(alpha=-1),
            "alpha: expected a finite number of at least 0, got -1",
        ),
        (lambda: LocalResponseNorm(beta=NAN), "beta: expected a finite number"),
        (lambda: LocalResponseNorm(k=0), "k: expected a positive number, got 0"),
        (lambda: LayerScale(NAN), "initial: expected a finite number"),
        (
            lambda: DropPath(1.0),
            "rate: expected a finite number of at least 0 and below 1, got 1.0",
        ),
        (lambda: SpatialDropout(1.0), "rate: expected a finite number of at least 0 and below 1"),
        (lambda: DropBlock(-0.1), "rate: expected a finite number of at least 0 and below 1"),
        (lambda: DropBlock(0.1, 0), "block_size: expected at least 1, got 0"),
        (lambda: RMSNorm(epsilon=-1.0), "epsilon: expected a finite number of at least 0"),
        (lambda: SpectralNorm(Dense(3), 0), "n_steps: expected at least 1, got 0"),
        (lambda: SqueezeExcite(0), "features: expected at least 1, got 0"),
        (lambda: SqueezeExcite(4, activation="rellu"), "activation: expected one of"),
        (lambda: SqueezeExcite(4, gate="sigmod"), "got 'sigmod' (did you mean sigmoid"),
        (lambda: ChannelSplit(0, 0), "parts: expected at least 1, got 0"),
        (lambda: ChannelSplit(2, -1), "index: expected at least 0, got -1"),
        (lambda: ChannelSplit(2, 2), "index: expected less than parts 2, got 2"),
        (lambda: ChannelShuffle(0), "groups: expected at least 1, got 0"),
        (lambda: Embedding(0, 4), "num_embeddings: expected at least 1, got 0"),
        (lambda: Embedding(4, 0), "features: expected at least 1, got 0"),
    ],
)
def test_bad_values(make, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        make()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Conv("4", 3), "features: expected an integer, got '4'"),
        (lambda: Conv(True, 3), "features: expected an integer, got True"),
        (lambda: Conv(4.0, 3), "features: expected an integer, got 4.0"),
        (lambda: Dense(None), "features: expected an integer, got None"),
        (
            lambda: Conv(4, {3}),
            "kernel_size: expected an integer or a tuple of integers, got {3}",
        ),
        (lambda: Conv(np.float64(4), 3), "features: expected an integer, got 4.0"),
        (lambda: Conv(np.array(4), 3), "features: expected an integer, got array(4)"),
        (lambda: Conv(np.True_, 3), "features: expected an integer, got True"),
        (
            lambda: AvgPool(2, count_include_pad=0),
            "count_include_pad: expected True or False, got 0",
        ),
        (lambda: Conv(4, (3, True)), "kernel_size: expected an integer or a tuple of integers"),
        (lambda: Conv(4, 3, strides=None), "strides: expected an integer or a tuple of integers"),
        (lambda: Conv(4, 3, padding=None), "padding: expected an integer or a tuple of integers"),
        (lambda: Conv(4, 3, padding=(0, "x")), "padding: expected an integer"),
        (lambda: Conv(4, 3, padding=((0, (1, 1)), (0, 0))), "padding: expected an integer"),
        (lambda: Conv(4, 3, use_bias=1), "use_bias: expected True or False, got 1"),
        (lambda: MaxPool("2"), "window_shape: expected an integer or a tuple of integers, got '2'"),
        (lambda: MaxPool(2, ceil_mode="yes"), "ceil_mode: expected True or False, got 'yes'"),
        (lambda: Dropout("0.5"), "rate: expected a number, got '0.5'"),
        (lambda: Dropout(False), "rate: expected a number, got False"),
        (lambda: BatchNorm(use_scale=None), "use_scale: expected True or False, got None"),
        (lambda: WhiteningConv((2, 2)), "kernel_size: expected an integer, got (2, 2)"),
        (lambda: WhiteningConv(epsilon="0"), "epsilon: expected a number, got '0'"),
        (lambda: SeparableConv(4, 3, use_bias=None), "use_bias: expected True or False, got None"),
        (lambda: ConvTranspose(4.0, 3), "features: expected an integer, got 4.0"),
        (lambda: AdaptiveAvgPool(None), "output_size: expected an integer or a tuple of integers"),
        (lambda: GroupNorm("8"), "num_groups: expected an integer, got '8'"),
        (lambda: LayerNorm(use_bias=0), "use_bias: expected True or False, got 0"),
        (lambda: LocalResponseNorm(k="1"), "k: expected a number, got '1'"),
        (lambda: ChannelSplit(2, 0.0), "index: expected an integer, got 0.0"),
        (
            lambda: WeightNorm(MaxPool(2)),
            "layer: expected one of Conv, ConvTranspose, Dense, DepthwiseConv, got MaxPool(",
        ),
        (lambda: SpectralNorm([Dense(3)]), "layer: expected one of Conv, ConvTranspose, Dense"),
        (lambda: DropBlock(0.1, (3, 3)), "block_size: expected an integer, got (3, 3)"),
        (lambda: Embedding(4, True), "features: expected an integer, got True"),
    ],
)
def test_bad_types(make, text):
    with pytest.raises(TypeError, match=re.escape(text)):
        make()


def test_what_is_on_the_edge_is_allowed():
    Dropout(0)
    BatchNorm(momentum=0.0, epsilon=0.0)
    Conv(1, (1,), strides=1, padding=(0,))
    Conv(1, (1, 1), padding=((0, 0), (0, 3)), strides=2)
    assert Conv(1, (1, 1), padding=((0, 1), 3)).padding == ((0, 1), 3)
