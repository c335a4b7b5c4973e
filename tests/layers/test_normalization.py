import built
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxcnn import BatchNorm, GroupNorm, LayerNorm, LocalResponseNorm

X = np.random.default_rng(0).normal(2, 3, (2, 4, 5, 6)).astype(np.float32)


@pytest.mark.parametrize("input_shape", [(6,), (5, 6), (4, 3, 6), (2, 3, 4, 6)])
def test_prediction_is_what_is_built(input_shape):
    layers = (BatchNorm(), GroupNorm(3), LayerNorm(), LayerNorm(use_bias=False))
    for layer in (*layers, LayerNorm(use_scale=False), LocalResponseNorm()):
        assert layer.output_shape(input_shape) == built.output_shape(layer, input_shape)
        assert layer.costs(input_shape).parameters == built.variables(layer, input_shape)


def test_costs():
    values = 4 * 5 * 6
    assert GroupNorm(3).costs((4, 5, 6)) == (12, 2 * values, 48)
    assert LayerNorm().costs((4, 5, 6)) == (12, 3 * values, 48)
    assert LayerNorm(use_scale=False).costs((4, 5, 6)) == (6, 2 * values, 24)
    assert LocalResponseNorm().costs((4, 5, 6)) == (0, 3 * values, 0)


@pytest.mark.parametrize("use_scale", [True, False])
@pytest.mark.parametrize("use_bias", [True, False])
def test_costs_of_batch_norm(use_scale, use_bias):
    layer = BatchNorm(use_scale=use_scale, use_bias=use_bias)
    parameters = built.variables(layer, (5, 6, 7))
    statistics = built.variables(layer, (5, 6, 7), nnx.BatchStat)
    assert statistics == 14
    assert layer.costs((5, 6, 7)) == (parameters, 5 * 6 * 7, 4 * (parameters + statistics))


def test_batch_norm_passes_its_arguments_on():
    layer = BatchNorm(momentum=0.6, epsilon=0.5)
    module = built.module(layer, (3,))
    x = np.random.default_rng(0).normal(2, 3, (8, 3)).astype(np.float32)
    outputs = module(jnp.asarray(x), use_running_average=False)
    np.testing.assert_allclose(outputs, (x - x.mean(0)) / np.sqrt(x.var(0) + 0.5), rtol=1e-5)
    np.testing.assert_allclose(module.mean[...], 0.4 * x.mean(0), rtol=1e-5)
    np.testing.assert_allclose(module.var[...], 0.6 + 0.4 * x.var(0), rtol=1e-5)


def normalized(values, axes, epsilon):
    mean, variance = values.mean(axes, keepdims=True), values.var(axes, keepdims=True)
    return (values - mean) / np.sqrt(variance + epsilon)


def test_group_norm():
    outputs = built.module(GroupNorm(3, epsilon=0.5), (4, 5, 6))(X)
    expected = normalized(X.reshape(2, 4, 5, 3, 2), (1, 2, 4), 0.5).reshape(X.shape)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)


def test_layer_norm():
    outputs = built.module(LayerNorm(epsilon=0.5), (4, 5, 6))(X)
    np.testing.assert_allclose(outputs, normalized(X, -1, 0.5), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("layer", [GroupNorm(3), LayerNorm()])
def test_a_large_mean_costs_no_digits(layer):
    module = built.module(layer, (4, 5, 6))
    far = X.astype(np.float32) + np.float32(2**12)
    np.testing.assert_allclose(module(far), module(far - np.float32(2**12)), atol=1e-3)


def test_local_response_norm_passes_its_arguments_on():
    outputs = built.module(LocalResponseNorm(1, 0.5, 2.0, 3.0), (4, 5, 6))(X)
    np.testing.assert_allclose(outputs, X / (3 + 0.5 * X**2) ** 2, rtol=1e-5)


def test_windows():
    for layer in (BatchNorm(), LayerNorm(), LocalResponseNorm(), GroupNorm(3)):
        assert layer.window((4, 5, 6)) == ((1, 1), (1, 1), (0, 0))


def test_groups_must_divide_the_channels():
    layer = GroupNorm()
    for use in (layer.output_shape, layer.costs, lambda s: built.module(layer, s)):
        with pytest.raises(ValueError, match="num_groups 32 must divide the input's 6 channels"):
            use((4, 5, 6))
