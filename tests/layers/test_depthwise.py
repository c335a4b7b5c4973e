import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxcnn import Conv, DepthwiseConv, SeparableConv
from jaxcnn import functional as F
from jaxcnn.layers import SeparableConvModule, call


@pytest.mark.parametrize(
    ("layer", "input_shape", "expected"),
    [
        (DepthwiseConv(3), (9, 4), (9, 4)),
        (DepthwiseConv(3, strides=2, channel_multiplier=2), (9, 8, 4), (5, 4, 8)),
        (DepthwiseConv((1, 2, 3), padding="VALID", use_bias=False), (4, 5, 6, 3), (4, 4, 4, 3)),
        (DepthwiseConv((3, 2), 1, ((1, 0), 2), (2, 1)), (9, 8, 3), (6, 11, 3)),
        (SeparableConv(7, 3), (9, 4), (9, 7)),
        (SeparableConv(7, 3, strides=2, channel_multiplier=2), (9, 8, 4), (5, 4, 7)),
        (SeparableConv(5, (1, 2, 3), padding="VALID", use_bias=False), (4, 5, 6, 3), (4, 4, 4, 5)),
    ],
)
def test_prediction_is_what_is_built(layer, input_shape, expected):
    assert layer.output_shape(input_shape) == built.output_shape(layer, input_shape) == expected
    costs = layer.costs(input_shape)
    assert costs.parameters == built.variables(layer, input_shape)
    assert costs.bytes == 4 * costs.parameters


def test_costs():
    # Howard et al. 2017, MobileNets, section 3.1: per place, 9 * M for the depthwise step and
    # M * N for the pointwise one, here with M = 16 and N = 64.
    places = 32 * 32
    assert DepthwiseConv(3, use_bias=False).costs((32, 32, 16))[:2] == (9 * 16, 9 * 16 * places)
    costs = SeparableConv(64, 3, use_bias=False).costs((32, 32, 16))
    assert costs[:2] == (9 * 16 + 16 * 64, (9 * 16 + 16 * 64) * places)
    assert DepthwiseConv(3, channel_multiplier=2).costs((32, 32, 16)).parameters == 10 * 32
    assert SeparableConv(64, 3).costs((32, 32, 16)).parameters == costs.parameters + 64


def test_a_depthwise_convolution_is_the_function_of_its_name():
    module = built.module(DepthwiseConv(3, 2, channel_multiplier=2), (9, 8, 3))
    x = jax.random.normal(jax.random.key(0), (2, 9, 8, 3))
    expected = F.depthwise_conv(x, module.kernel[...], module.bias[...], strides=2)
    np.testing.assert_allclose(module(x), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", [DepthwiseConv, lambda *a: SeparableConv(3, *a)])
def test_window_is_that_of_the_convolution(make):
    arguments, shape = ((3, 2), (2, 1), ((1, 0), 1), (1, 3)), (11, 12, 2)
    window = make(*arguments).receptive_field(shape)
    assert window == Conv(1, *arguments).receptive_field(shape)
    positions = [(0, 0), (2, 3)]
    found = built.footprints(make(*arguments), shape, positions)
    # Between the taps of a dilated kernel nothing is seen, and here its first is in the padding.
    assert found[1] == built.boxes(window, shape, positions)[1]


def test_labels():
    assert DepthwiseConv(3).label((9, 9, 1)) == "DepthwiseConv 3×3 SAME"
    assert SeparableConv(4, (3, 5), padding=1).label((9, 9, 1)) == "SeparableConv 3×5"


@pytest.mark.parametrize("layer", [DepthwiseConv((3, 3)), SeparableConv(4, (3, 3))])
@pytest.mark.parametrize(
    ("input_shape", "text"),
    [
        ((8,), r"input_shape: expected \(\*spatial, channels\)"),
        ((8, 4), r"kernel_size: expected an integer, or one per axis .1."),
    ],
)
def test_input_that_does_not_fit(layer, input_shape, text):
    for use in (layer.output_shape, layer.costs, lambda s: built.module(layer, s)):
        with pytest.raises(ValueError, match=text):
            use(input_shape)


RNGS = nnx.Rngs(0)
MODULE = SeparableConvModule(
    nnx.Conv(3, 6, (3, 3), feature_group_count=3, use_bias=False, rngs=RNGS),
    nnx.Conv(6, 4, (1, 1), rngs=RNGS),
)


def test_it_is_the_function_of_its_name():
    x = jax.random.normal(jax.random.key(0), (2, 5, 6, 3))
    kernels = MODULE.depthwise.kernel[...], MODULE.pointwise.kernel[...]
    expected = F.separable_conv(x, *kernels, MODULE.pointwise.bias[...])
    np.testing.assert_allclose(MODULE(x), expected, rtol=1e-5, atol=1e-6)


def test_inputs_that_do_not_fit_a_separable_conv():
    with pytest.raises(TypeError, match="Conv: expected floating-point inputs, got uint8"):
        call(MODULE, jnp.ones((2, 5, 6, 3), jnp.uint8), train=False, key=None)
    with pytest.raises(ValueError, match="Conv: expected 3 values in the last axis"):
        call(MODULE, jnp.ones((2, 5, 6, 4)), train=False, key=None)
