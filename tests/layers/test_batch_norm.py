"""Statistics of a batch: exact near and far from 0, in one pass, and differentiable."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax.test_util import check_grads

from jaxcnn.layers._batch_norm import masked_batch_norm, mean_and_variance

CENTERS = {"near": 0.0, "far": 1e4, "one_far_channel": np.array([0.0, 1e4, -3.0])}


def batch(center, count=64):
    rng = np.random.default_rng(0)
    return (center + rng.standard_normal((count, 4, 3))).astype(np.float32)


@pytest.mark.thorough
@pytest.mark.parametrize("center", CENTERS.values(), ids=CENTERS)
def test_mean_and_variance_are_those_of_float64(center):
    values = batch(center)
    mean, variance = mean_and_variance(jnp.asarray(values), (0, 1), None, jnp.asarray(256))
    np.testing.assert_allclose(mean, values.mean((0, 1), dtype=np.float64), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(variance, values.astype(np.float64).var((0, 1)), rtol=1e-5)


@pytest.mark.thorough
def test_each_member_of_an_ensemble_has_its_own_statistics():
    values = jnp.stack([batch(center) for center in CENTERS.values()])
    together = jax.vmap(lambda one: mean_and_variance(one, (0, 1), None, jnp.asarray(256)))(values)
    for member, one in enumerate(values):
        alone = mean_and_variance(one, (0, 1), None, jnp.asarray(256))
        for row, expected in zip(together, alone, strict=True):
            np.testing.assert_allclose(row[member], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.thorough
def test_a_batch_without_examples_has_zeros():
    nobody = jnp.zeros((64, 1, 1), bool)
    mean, variance = mean_and_variance(jnp.asarray(batch(1.0)), (0, 1), nobody, jnp.asarray(0))
    np.testing.assert_array_equal([mean, variance], np.zeros((2, 3)))


@pytest.mark.slow
@pytest.mark.parametrize("center", [0.0, 30.0], ids=["near", "far"])
def test_derivatives_are_the_numeric_ones(center):
    with jax.enable_x64(True):
        where = jnp.arange(6).reshape(6, 1, 1) < 4
        values = jnp.asarray(batch(center, 6), jnp.float64)
        check_grads(
            lambda values: mean_and_variance(values, (0, 1), where, jnp.asarray(16)),
            (values,),
            order=2,
        )


@pytest.mark.thorough
@pytest.mark.parametrize(("center", "share"), [(1.0, 1e-5), (1e4, 1e-2)], ids=["near", "far"])
def test_gradients_in_float32_are_as_exact_as_the_values(center, share):
    values = batch(center).astype(np.float64)
    weights = np.random.default_rng(1).normal(size=values.shape)

    def loss(scale, values):
        norm = nnx.BatchNorm(3, use_fast_variance=False, rngs=nnx.Rngs(0))
        norm.scale[...] = scale
        return (masked_batch_norm(norm, values, None) * weights.astype(values.dtype)).sum()

    found = jax.grad(loss)(jnp.ones(3), jnp.asarray(values, jnp.float32))
    deviations = values - values.mean((0, 1))
    expected = (weights * deviations / values.std((0, 1))).sum((0, 1))
    size = np.sqrt(values.shape[0] * values.shape[1])
    np.testing.assert_allclose(found, expected, atol=share * size)
