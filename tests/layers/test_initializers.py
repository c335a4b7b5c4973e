import dataclasses

import built
import jax
import numpy as np
import pytest

from jaxcnn import Conv, ConvTranspose, Dense, DepthwiseConv, SeparableConv
from jaxcnn.layers import INITIALIZERS
from jaxcnn.layers._draws import by_few_programs
from jaxcnn.layers._initializers import initializer

# Published variances of the weights, here of a 3×3 convolution from 16 to 32 channels.
FAN_IN, FAN_OUT = 9 * 16, 9 * 32
VARIANCES = {
    "glorot_normal": 2 / (FAN_IN + FAN_OUT),
    "glorot_uniform": 2 / (FAN_IN + FAN_OUT),
    "he_normal": 2 / FAN_IN,
    "he_uniform": 2 / FAN_IN,
    "lecun_normal": 1 / FAN_IN,
    "lecun_uniform": 1 / FAN_IN,
    "ones": 0.0,
    "zeros": 0.0,
    ("constant", 3.0): 0.0,
    ("normal", 0.3): 0.09,
    ("truncated_normal", 0.3): 0.09,
    ("truncated_normal", 2.0): 4 * 0.2911,  # cut at one deviation
    ("uniform", -0.2, 0.4): 0.6**2 / 12,
    ("variance_scaling", 2.0, "fan_out", "normal"): 2 / FAN_OUT,
    ("variance_scaling", 0.5, "fan_in", "uniform"): 0.5 / FAN_IN,
    ("variance_scaling", 1, "fan_avg", "truncated_normal"): 2 / (FAN_IN + FAN_OUT),
}
MEANS = {"ones": 1.0, ("constant", 3.0): 3.0, ("uniform", -0.2, 0.4): 0.1}


def kernel(layer, input_shape):
    return np.asarray(built.module(layer, input_shape).kernel[...])


@pytest.mark.parametrize(("name", "variance"), VARIANCES.items())
def test_variance(name, variance):  # guide row A8.10
    weights = kernel(Conv(32, 3, kernel_init=name), (8, 8, 16))
    np.testing.assert_allclose(weights.var(), variance, rtol=0.05)
    # Five standard deviations of the mean of 4,608 weights.
    np.testing.assert_allclose(
        weights.mean(), MEANS.get(name, 0), atol=5 * np.sqrt(variance / 4608)
    )
    if "uniform" in name:
        assert np.abs(weights - MEANS.get(name, 0)).max() <= np.sqrt(3 * variance) * 1.00001


ARGUMENTS = {
    "constant": (1.0,),
    "normal": (0.01,),
    "truncated_normal": (0.02,),
    "uniform": (-1, 1),
    "variance_scaling": (2.0, "fan_in", "normal"),
}


@pytest.mark.parametrize("name", INITIALIZERS)
def test_every_name_builds_a_dense_layer(name):
    init = (name, *ARGUMENTS[name]) if name in ARGUMENTS else name
    assert np.isfinite(kernel(Dense(6, kernel_init=init), (4,))).all()


def test_a_truncated_normal_ends_at_two():
    weights = kernel(Dense(100, kernel_init=("truncated_normal", 2.0)), (50,))
    assert 1.99 < np.abs(weights).max() <= 2


@pytest.mark.parametrize(
    "make",
    [
        lambda init: Conv(4, 3, bias_init=init, kernel_init="zeros"),
        lambda init: DepthwiseConv(3, channel_multiplier=4, bias_init=init, kernel_init="zeros"),
        lambda init: SeparableConv(4, 3, bias_init=init, kernel_init="zeros"),
        lambda init: ConvTranspose(4, 3, bias_init=init, kernel_init="zeros"),
        lambda init: Dense(4, bias_init=init, kernel_init="zeros"),
    ],
)
def test_bias_init(make):
    assert make(["constant", 0.5]) == make(("constant", 0.5))
    for init, values in ((("constant", 0.5), [0.5] * 4), ("ones", [1] * 4), ("zeros", [0] * 4)):
        module = built.module(make(init), (5, 1))
        bias = getattr(module, "pointwise", module).bias
        assert bias[...].tolist() == values


@pytest.mark.parametrize(
    ("init", "text"),
    [
        ("he_norml", ": expected one of .*, got 'he_norml' .did you mean .*normal"),
        ("", ": expected one of .*, got ''"),
        ((), ": expected one of .*, got ''"),
        (("nrmal", 0.1), "got 'nrmal' .did you mean normal"),
        ((0.1, "normal"), ": expected one of .*, got 0.1"),
        ("normal", r"expected \('normal', stddev\), got 'normal'"),
        (("normal",), r"expected \('normal', stddev\), got \('normal',\)"),
        (("normal", 0, 1), r"expected \('normal', stddev\), got \('normal', 0, 1\)"),
        (("uniform", 1), r"expected \('uniform', low, high\)"),
        (("uniform", 1, 0), "'uniform' low: expected at most high"),
        (("he_normal",), "expected 'he_normal' alone, got"),
        (("zeros", 1), "expected 'zeros' alone, got"),
        (("normal", 0), "'normal' stddev: expected a positive number, got 0"),
        (
            ("truncated_normal", -1.0),
            "'truncated_normal' stddev: expected a positive number, got -1.0",
        ),
        (("constant", float("nan")), "'constant' value: expected a finite number"),
        (
            ("variance_scaling", 2.0, "fan_inn", "normal"),
            "'variance_scaling' mode: expected one of fan_avg, fan_in, fan_out, got 'fan_inn'",
        ),
        (("variance_scaling", 2.0, "fan_in", 3), "distribution: expected one of normal, truncated"),
        (("variance_scaling", 0, "fan_in", "normal"), "scale: expected a positive number, got 0"),
    ],
)
@pytest.mark.parametrize("argument", ["kernel_init", "bias_init"])
def test_initializers_that_are_none(argument, init, text):
    if argument == "bias_init" and ("variance" in str(init) or "he_normal" in str(init)):
        text = ": expected one of constant, normal, ones, truncated_normal, uniform, zeros, got"
    for make in (Conv(4, 3), Dense(4)):
        with pytest.raises(ValueError, match=f"^{argument}.*{text}"):
            dataclasses.replace(make, **{argument: init})


@pytest.mark.parametrize("init", [None, 3, {"normal": 1}, ("normal", "1"), ("constant", True)])
def test_initializers_of_wrong_types(init):
    with pytest.raises(TypeError, match=r"^kernel_init.*(must be|: expected) a n"):
        Dense(4, kernel_init=init)


def test_orthogonal():
    weights = kernel(Conv(5, 2, kernel_init="orthogonal"), (4, 4, 3)).reshape(12, 5)
    np.testing.assert_allclose(weights.T @ weights, np.eye(5), atol=1e-5)


@pytest.mark.parametrize(
    ("kernel_size", "padding"),
    [((4, 1), "SAME"), ((3, 2), "CIRCULAR")],
)
def test_dirac_passes_its_channels_through(kernel_size, padding):
    conv = Conv(8, kernel_size, padding=padding, kernel_init="dirac")
    images = np.random.default_rng(0).normal(size=(2, 6, 7, 3)).astype(np.float32)
    outputs = np.asarray(built.module(conv, (6, 7, 3))(images))
    np.testing.assert_allclose(outputs[..., :3], images, atol=1e-6)
    assert (np.abs(outputs[..., 3:]).max((0, 1, 2)) > 0.1).all()  # the others are random


def test_dirac_with_fewer_filters_than_channels_passes_the_first():
    images = np.random.default_rng(0).normal(size=(2, 6, 7, 5)).astype(np.float32)
    outputs = built.module(Conv(3, 3, kernel_init="dirac"), (6, 7, 5))(images)
    np.testing.assert_allclose(outputs, images[..., :3], atol=1e-6)


OF_JAX = {
    ("normal", 0.3): jax.nn.initializers.normal(0.3),
    ("uniform", 0.0, 0.5): jax.nn.initializers.uniform(0.5),
    ("truncated_normal", 0.5): jax.nn.initializers.truncated_normal(0.5, lower=-4.0, upper=4.0),
    ("variance_scaling", 0.5, "fan_out", "normal"): jax.nn.initializers.variance_scaling(
        0.5, "fan_out", "normal"
    ),
    **{
        name: getattr(jax.nn.initializers, name)()
        for name in ("glorot_normal", "glorot_uniform", "he_normal", "he_uniform")
    },
    **{name: getattr(jax.nn.initializers, name)() for name in ("lecun_normal", "lecun_uniform")},
}


@pytest.mark.parametrize("name", OF_JAX)
@pytest.mark.parametrize("shape", [(3, 3, 5, 7), (1024, 1)])
def test_numbers_are_those_of_jax(name, shape):
    key = jax.random.key(3)
    assert np.array_equal(initializer(name)(key, shape), OF_JAX[name](key, shape))


@pytest.mark.thorough
@pytest.mark.parametrize("shape", [(7, 7, 3, 64), (3, 3, 64, 130), (2049, 2048)])
@pytest.mark.parametrize("impl", ["threefry2x32", "rbg"])
def test_numbers_of_larger_arrays_are_those_of_jax(shape, impl):
    key = jax.random.key(5, impl=impl)
    wanted = jax.nn.initializers.he_normal()(key, shape)
    assert np.array_equal(initializer("he_normal")(key, shape), wanted)


def test_arrays_of_similar_size_share_a_program():
    drawn = []

    def draw(_, shape, dtype):
        drawn.append(shape)
        return np.zeros(shape, dtype)

    key, few = jax.random.key(0), by_few_programs(draw)
    assert few(key, (3, 3, 8, 9)).shape == (3, 3, 8, 9)
    assert few(key, (1024,)).shape == (1024,)
    few(key, (4**11 + 1,))
    few(jax.random.key(0, impl="rbg"), (5, 6))
    assert drawn == [(1, 1024), (1, 1024), (1, 4**11 + 1), (1, 30)]
