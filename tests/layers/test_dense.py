import built
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import Activation, Dense, Flatten, Sequential


@pytest.mark.parametrize(
    ("input_shape", "expected"),
    [
        ((10, 10, 1), 100),  # guide row A1.8
        ((10, 10, 3), 300),
        ((28, 28, 3), 2352),
        ((2, 3, 4, 5), 120),
        ((7,), 7),
    ],
)
def test_flatten(input_shape, expected):
    assert Flatten().output_shape(input_shape) == (expected,)
    assert built.output_shape(Flatten(), input_shape) == (expected,)
    assert Flatten().costs(input_shape) == (0, 0, 0)


def test_what_follows_a_flatten_sees_everything():
    assert Flatten().receptive_field((28, 20, 3)) == ((28, 20), (0, 0), (0, 0))
    assert Flatten().receptive_field((7,)) == Dense(3).receptive_field((7,)) == ((), (), ())


def test_flatten_is_row_major():  # guide row A4.14
    image = jnp.array([[1, 1, 0], [4, 2, 1], [0, 2, 1]])[None, :, :, None]
    flat = built.module(Flatten(), (3, 3, 1))(image)
    np.testing.assert_array_equal(flat, [[1, 1, 0, 4, 2, 1, 0, 2, 1]])


def test_flatten_lets_channels_vary_fastest():
    images = np.arange(2 * 2 * 3 * 4).reshape(2, 2, 3, 4)
    flat = built.module(Flatten(), (2, 3, 4))(jnp.asarray(images))
    np.testing.assert_array_equal(flat, [np.arange(24), np.arange(24, 48)])


@pytest.mark.parametrize(
    ("input_shape", "weights"),
    [
        ((28, 28, 3), 2352),  # guide row A5.1
        ((200, 200, 3), 120_000),  # guide row A5.2
        ((100, 100, 3), 30_000),  # guide row A5.3
    ],
)
def test_weights_of_one_neuron_that_sees_an_image(input_shape, weights):
    neuron = Sequential([Flatten(), Dense(1)])
    assert neuron.costs(input_shape).parameters == weights + 1
    assert neuron.costs(input_shape).macs == weights


@pytest.mark.parametrize(
    ("dense", "inputs", "expected"),
    [
        (Dense(784), 3072, 2_409_232),  # guide row A5.6
        (Dense(512), 8192, 4_194_816),  # guide row A5.12, and the next
        (Dense(10), 512, 5130),
        (Dense(10, use_bias=False), 512, 5120),
    ],
)
def test_parameters(dense, inputs, expected):
    assert dense.costs((inputs,)) == (expected, dense.features * inputs, 4 * expected)
    assert built.variables(dense, (inputs,)) == expected


def test_an_mlp_of_8_5_1():  # guide row A5.7
    def mlp(use_bias):
        return Sequential([Dense(5, use_bias=use_bias), Dense(1, use_bias=use_bias)])

    assert mlp(use_bias=False).costs((8,)).parameters == 45
    assert mlp(use_bias=True).costs((8,)).parameters == 51
    hidden, out = built.module(mlp(use_bias=True), (8,)).layers
    assert hidden.kernel.shape == (8, 5)
    assert out.kernel.shape == (5, 1)


def test_dense_acts_on_the_last_axis():
    dense = Dense(4)
    assert dense.output_shape((5, 6, 3)) == built.output_shape(dense, (5, 6, 3)) == (5, 6, 4)
    assert dense.costs((5, 6, 3)).macs == 5 * 6 * 3 * 4
    assert dense.costs((5, 6, 3)).parameters == built.variables(dense, (5, 6, 3)) == 16


@pytest.mark.parametrize("use_bias", [True, False])
def test_neurons_are_weighted_sums_and_a_bias(use_bias):  # guide row A2.16
    module = built.module(Dense(4, use_bias=use_bias), (3,))
    assert (module.bias is not None) == use_bias
    bias = np.arange(4, dtype=np.float32)
    if use_bias:
        module.bias[...] = jnp.asarray(bias)
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    expected = x @ np.asarray(module.kernel[...]) + use_bias * bias
    np.testing.assert_allclose(module(x), expected, rtol=1e-6)


def test_dense_layers_can_be_stacked():  # guide row A3.19
    votes = Sequential([Dense(5), Activation("relu"), Dense(4), Activation("relu"), Dense(2)])
    assert votes.output_shape((12,)) == built.output_shape(votes, (12,)) == (2,)
    assert votes.costs((12,)).parameters == (12 * 5 + 5) + (5 * 4 + 4) + (4 * 2 + 2)


def test_dense_needs_an_axis():
    with pytest.raises(ValueError, match=r"input_shape: expected at least one axis, got \(\)"):
        Dense(4).output_shape(())
