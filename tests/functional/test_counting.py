import math
from typing import Any

import jax
import numpy as np
import pytest
from flax import nnx

from jaxcnn import functional as F


@pytest.mark.parametrize(
    ("in_features", "weights", "with_bias"),
    [
        (28 * 28 * 3, 2_352, 2_353),  # guide row A5.1: one neuron on 28 x 28 x 3
        (200 * 200 * 3, 120_000, 120_001),  # guide row A5.2
        (100 * 100 * 3, 30_000, 30_001),  # guide row A5.3
    ],
)
def test_one_neuron_on_an_image(in_features, weights, with_bias):  # guide row A8.12
    assert F.dense_parameters(in_features, 1, use_bias=False) == weights
    assert F.dense_parameters(in_features, 1) == with_bias


@pytest.mark.parametrize(  # guide row A5.4
    ("kernel_shape", "in_channels", "out_channels", "expected"),
    [
        ((5, 5), 3, 1, 76),
        ((5, 5), 3, 2, 152),
        ((5, 5), 3, 3, 228),
        ((3, 3), 3, 3, 84),
        ((3, 3), 1, 3, 30),
    ],
)
def test_convolutions_of_the_guides(kernel_shape, in_channels, out_channels, expected):
    assert F.conv_parameters(kernel_shape, in_channels, out_channels) == expected


def test_pooling_learns_nothing():  # guide row A5.5
    assert F.pool_parameters((2, 2)) == 0


def test_why_convolution():  # guide row A5.6
    assert F.dense_parameters(3072, 784) == 2_409_232


def test_mlp_8_5_1():  # guide row A5.7
    layers = [(8, 5), (5, 1)]
    assert sum(F.dense_parameters(*layer, use_bias=False) for layer in layers) == 45
    assert sum(F.dense_parameters(*layer) for layer in layers) == 51


def test_macs_of_the_guides():  # guide row A2.2
    assert F.conv_macs((1, 1), (5, 5), in_channels=3, out_channels=1) == 75
    assert F.conv_macs((28, 28), (5, 5), in_channels=3, out_channels=1) == 58_800
    assert F.dense_macs(3072, 784) == 3072 * 784


@pytest.mark.parametrize("kernel_shape", [(5,), (3, 2), (2, 3, 1)])
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("use_bias", [True, False])
def test_parameters_are_those_of_flax(kernel_shape, groups, use_bias):
    def make():
        return nnx.Conv(
            4, 6, kernel_shape, feature_group_count=groups, use_bias=use_bias, rngs=nnx.Rngs(0)
        )

    assert F.conv_parameters(
        kernel_shape, 4, 6, use_bias=use_bias, feature_group_count=groups
    ) == F.count_parameters(nnx.state(nnx.eval_shape(make), nnx.Param))


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_macs_are_half_the_flops_of_xla(groups):
    inputs = jax.ShapeDtypeStruct((1, 9, 8, 4), "float32")
    kernel = jax.ShapeDtypeStruct((3, 2, 4 // groups, 8), "float32")

    def conv(x, k):
        return jax.lax.conv_general_dilated(
            x,
            k,
            (1, 1),
            "VALID",
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=groups,
        )

    analysis = jax.jit(conv).lower(inputs, kernel).cost_analysis()
    macs = F.conv_macs((7, 7), (3, 2), 4, 8, feature_group_count=groups)
    assert analysis is not None
    assert macs * 2 == analysis["flops"]


def test_no_overflow():
    huge: Any = np.int32(2**30)
    kernel_shape: Any = np.array([3, 3], np.int8)
    assert F.dense_parameters(huge, huge) == 2**60 + 2**30
    assert F.dense_macs(huge, huge) == 2**60
    assert F.conv_parameters(kernel_shape, huge, huge) == 9 * 2**60 + 2**30
    assert F.conv_macs((huge, huge), (3, 3), huge, huge) == 9 * 2**120
    assert type(F.conv_macs((huge, huge), (3, 3), huge, huge)) is int


@pytest.mark.parametrize(
    ("count", "arguments", "error", "message"),
    [
        (F.conv_parameters, ((5, 0), 3, 1), ValueError, "kernel_shape: expected at least 1, got 0"),
        (F.conv_parameters, (5, 3, 1), TypeError, "kernel_shape: expected integers, .*, got 5"),
        (
            F.conv_parameters,
            ((5, 5), 3.0, 1),
            TypeError,
            "in_channels: expected an integer, got 3.0",
        ),
        (F.conv_parameters, ((5, 5), 3, 0), ValueError, "out_channels: expected at least 1, got 0"),
        (
            F.conv_macs,
            ((28, -1), (5, 5), 3, 1),
            ValueError,
            "output_spatial_shape: expected at least 1, got -1",
        ),
        (F.dense_parameters, (0, 1), ValueError, "in_features: expected at least 1, got 0"),
        (F.dense_macs, (1, math.inf), TypeError, "out_features: expected an integer, got inf"),
        (F.pool_parameters, ((2, 0),), ValueError, "window_shape: expected at least 1, got 0"),
    ],
)
def test_errors(count, arguments, error, message):
    with pytest.raises(error, match=message):
        count(*arguments)


def test_groups_that_do_not_divide_the_channels():
    message = "feature_group_count: expected a divisor of in_channels 3 and out_channels 4, got 2"
    with pytest.raises(ValueError, match=message):
        F.conv_parameters((5, 5), 3, 4, feature_group_count=2)
