import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as ref
from gradients import check_gradients
from transforms import check_jit_and_vmap

from jaxcnn import functional as F

RNG = np.random.default_rng(1)
PREDICTED = RNG.dirichlet(np.ones(4), size=3).astype(np.float32)
TARGETS = RNG.dirichlet(np.ones(4), size=3).astype(np.float32)
DIGIT = [0, 0.1, 0.1, 0.75, 0, 0, 0, 0, 0, 0.05]

# Jitted, so that each is compiled once a shape and not operation by operation.
kl_divergence, entropy = jax.jit(F.kl_divergence), jax.jit(F.entropy)


def test_agrees_with_the_oracle():
    expected = [ref.kl_divergence(p, t) for p, t in zip(PREDICTED, TARGETS, strict=True)]
    np.testing.assert_allclose(kl_divergence(np.log(PREDICTED), TARGETS), expected, rtol=1e-4)


@pytest.mark.parametrize(  # guide row A6.9
    ("target", "expected"), [(np.eye(10)[3], 2.302585), (DIGIT, 1.476520)]
)
def test_divergence_from_uniform(target, expected):
    log_uniform = np.full(10, np.log(0.1), np.float32)
    divergence = kl_divergence(log_uniform, np.array(target, np.float32))
    assert float(divergence) == pytest.approx(expected, abs=1e-5)


def test_entropy_of_the_guides_digit():  # guide row A6.2
    assert float(entropy(np.array(DIGIT, np.float32))) == pytest.approx(0.826065, abs=1e-6)


def test_entropy_of_certain_and_uniform():
    distributions = np.array([[1, 0, 0, 0], [0.25] * 4], np.float32)
    np.testing.assert_allclose(entropy(distributions), [0, np.log(4)], rtol=1e-6)


def test_cross_entropy_is_entropy_plus_divergence():  # guide row A6.9b
    logits = np.log(PREDICTED) + 3
    np.testing.assert_allclose(
        F.softmax_cross_entropy(logits, TARGETS),
        np.add(entropy(TARGETS), kl_divergence(np.log(PREDICTED), TARGETS)),
        rtol=1e-5,
    )


def test_zero_times_log_zero_is_zero():
    log_predictions, targets = jnp.array([0.0, -jnp.inf]), jnp.array([1.0, 0.0])
    value, gradient = jax.jit(jax.value_and_grad(F.kl_divergence))(log_predictions, targets)
    assert value == 0
    np.testing.assert_array_equal(gradient, [-1, 0])
    assert kl_divergence(log_predictions, np.array([0.5, 0.5], np.float32)) == np.inf


def test_gradients():
    check_gradients(lambda p, t: (F.kl_divergence(p, t), F.entropy(t)), np.log(PREDICTED), TARGETS)


@pytest.mark.thorough
def test_jit_and_vmap_change_nothing():
    check_jit_and_vmap(F.kl_divergence, np.log(PREDICTED), TARGETS, rtol=1e-5)
    check_jit_and_vmap(F.entropy, TARGETS, rtol=1e-5)


def test_dtypes():
    half = TARGETS.astype(jnp.bfloat16)
    assert jax.eval_shape(F.entropy, half).dtype == jnp.bfloat16
    assert jax.eval_shape(F.kl_divergence, half, half).dtype == jnp.bfloat16


def test_errors():
    with pytest.raises(TypeError, match="log_predictions: expected floating point, got int32"):
        F.kl_divergence(jnp.ones(3, int), jnp.ones(3))
    with pytest.raises(
        ValueError, match=r"targets: expected the shape of log_predictions, \(3,\), got \(2,\)"
    ):
        F.kl_divergence(jnp.ones(3), jnp.ones(2))
    with pytest.raises(TypeError, match="probabilities: expected floating point, got int32"):
        F.entropy(jnp.ones(3, int))
