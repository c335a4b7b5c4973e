import built
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxcnn import BatchNorm, GroupNorm, LayerNorm, RMSNorm
from jaxcnn.layers import call

X = np.random.default_rng(0).normal(2, 3, (2, 4, 5, 6)).astype(np.float32)


def test_costs():
    values = 4 * 5 * 6
    assert GroupNorm(3).costs((4, 5, 6)) == (12, 2 * values, 48)
    assert LayerNorm().costs((4, 5, 6)) == (12, 3 * values, 48)
    assert LayerNorm(use_scale=False).costs((4, 5, 6)) == (6, 2 * values, 24)
    assert RMSNorm().costs((4, 5, 6)) == (6, 3 * values, 24)
    assert RMSNorm(use_scale=False).costs((4, 5, 6)) == (0, 2 * values, 0)


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


@pytest.mark.thorough
def test_group_norm():
    outputs = built.module(GroupNorm(3, epsilon=0.5), (4, 5, 6))(X)
    expected = normalized(X.reshape(2, 4, 5, 3, 2), (1, 2, 4), 0.5).reshape(X.shape)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)


def test_layer_norm():
    outputs = built.module(LayerNorm(epsilon=0.5), (4, 5, 6))(X)
    np.testing.assert_allclose(outputs, normalized(X, -1, 0.5), rtol=1e-5, atol=1e-5)


def test_rms_norm():
    outputs = built.module(RMSNorm(epsilon=0.5), (4, 5, 6))(X)
    expected = X / np.sqrt((X**2).mean(-1, keepdims=True) + 0.5)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)


def test_rms_norm_has_torchs_numbers():
    # torch 2.14.1: nn.RMSNorm(3, eps=1e-6)(torch.tensor([1.0, -2.0, 4.0]))
    outputs = built.module(RMSNorm(), (3,))(np.float32([[1, -2, 4]]))
    np.testing.assert_allclose(outputs, [[0.377964, -0.755929, 1.511858]], rtol=1e-5)


@pytest.mark.parametrize("layer", [GroupNorm(3), LayerNorm()])
def test_a_large_mean_costs_no_digits(layer):
    module = built.module(layer, (4, 5, 6))
    far = X.astype(np.float32) + np.float32(2**12)
    np.testing.assert_allclose(module(far), module(far - np.float32(2**12)), atol=1e-3)


def test_windows():
    for layer in (BatchNorm(), LayerNorm(), RMSNorm(), GroupNorm(3)):
        assert layer.receptive_field((4, 5, 6)) == ((1, 1), (1, 1), (0, 0))


def test_groups_must_divide_the_channels():
    layer = GroupNorm()
    for use in (layer.output_shape, layer.costs, lambda s: built.module(layer, s)):
        with pytest.raises(
            ValueError, match="num_groups: expected a divisor of the input's 6 channels, got 32"
        ):
            use((4, 5, 6))


@pytest.mark.thorough
@pytest.mark.parametrize("options", [{}, {"use_scale": False, "momentum": 0.5}])
def test_it_is_flaxs_with_the_filling_left_out(options):  # guide row A8.7
    rng = np.random.default_rng(0)
    inputs = jnp.asarray(rng.normal(2, 3, (5, 4, 4, 3)), jnp.float32)
    masked, plain = (nnx.BatchNorm(3, rngs=nnx.Rngs(0), **options) for _ in range(2))
    where = jnp.array([True, True, True, False, False])
    outputs = call(masked, inputs.at[3:].set(1e3), train=True, key=None, where=where)
    expected = plain(inputs[:3], use_running_average=False)
    np.testing.assert_allclose(outputs[:3], expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(masked.mean[...], plain.mean[...], rtol=1e-5)
    np.testing.assert_allclose(masked.var[...], plain.var[...], rtol=1e-4)


FAR = (1e4 + np.random.default_rng(0).standard_normal((64, 8, 8, 3))).astype(np.float32)


@pytest.mark.parametrize("where", [None, np.ones(64, bool)], ids=["all", "masked"])
def test_a_batch_far_from_0_has_its_variance(where):
    """As PyTorch and our group norm: the mean of squares minus a square would have no digits."""
    norm = built.module(BatchNorm(), FAR.shape[1:])
    where = None if where is None else jnp.asarray(where)
    outputs = np.asarray(call(norm, jnp.asarray(FAR), train=True, key=None, where=where))
    np.testing.assert_allclose(outputs.std((0, 1, 2)), 1, atol=2e-3)
    expected = 0.9 + 0.1 * FAR.astype(np.float64).var((0, 1, 2))
    np.testing.assert_allclose(norm.var[...], expected, rtol=1e-4)
