import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from gradients import check_gradients
from sklearn.metrics import mean_squared_error
from transforms import check_jit_and_vmap

from jaxcnn import functional as F

RNG = np.random.default_rng(3)
PREDICTIONS, TARGETS = RNG.normal(size=(2, 5, 4)).astype(np.float32)
LOSSES = [F.half_squared_error, F.mean_squared_error]


@pytest.mark.parametrize(  # guide row A6.6, against the one-hot label 3
    ("predictions", "half", "mean"),
    [
        ([0.1] * 10, 0.45, 0.09),
        ([0, 0.1, 0.1, 0.75, 0, 0, 0, 0, 0, 0.05], 0.0425, 0.0085),
    ],
)
def test_numbers_of_the_guide(predictions, half, mean):
    predictions, label = jnp.array(predictions), F.one_hot(3, 10)
    assert float(F.half_squared_error(predictions, label)) == pytest.approx(half, abs=1e-7)
    assert float(F.mean_squared_error(predictions, label)) == pytest.approx(mean, abs=1e-7)


def test_agree_with_optax_and_scikit_learn():
    np.testing.assert_allclose(
        F.half_squared_error(PREDICTIONS, TARGETS),
        optax.l2_loss(PREDICTIONS, TARGETS).sum(-1),
        rtol=1e-6,
    )
    np.testing.assert_allclose(
        F.mean_squared_error(PREDICTIONS, TARGETS),
        mean_squared_error(TARGETS.T, PREDICTIONS.T, multioutput="raw_values"),
        rtol=1e-6,
    )


@pytest.mark.thorough
@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_jit_vmap_and_dtypes(loss):
    assert jax.eval_shape(loss, PREDICTIONS, TARGETS).shape == (5,)
    check_jit_and_vmap(loss, PREDICTIONS, TARGETS)
    assert jax.eval_shape(loss, np.ones(3, jnp.bfloat16), np.arange(3)).dtype == jnp.bfloat16
    check_gradients(loss, PREDICTIONS, TARGETS, order=2)


def test_gradient_of_the_half_is_the_plain_error():
    gradient = jax.grad(F.half_squared_error)(jnp.asarray(PREDICTIONS[0]), TARGETS[0])
    np.testing.assert_allclose(gradient, PREDICTIONS[0] - TARGETS[0], rtol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_errors(loss):
    with pytest.raises(TypeError, match="predictions: expected floating point, got int32"):
        loss(jnp.ones(3, int), jnp.ones(3))
    with pytest.raises(
        ValueError, match=r"targets: expected the shape of predictions, \(2, 3\), got \(3,\)"
    ):
        loss(jnp.ones((2, 3)), jnp.ones(3))
