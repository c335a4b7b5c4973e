import jax
import jax.numpy as jnp
import numpy as np
import pytest
from gradients import check_gradients
from scipy import stats
from sklearn import metrics
from transforms import check_jit_and_vmap

from jaxcnn import functional as F

RNG = np.random.default_rng(4)
TARGETS = RNG.normal(3, 2, (50, 3)).astype(np.float32)
PREDICTIONS = (TARGETS + RNG.normal(size=(50, 3)) * [0.1, 1, 5]).astype(np.float32)

r2_score = jax.jit(F.r2_score)  # so that it is not compiled operation by operation


def test_absolute_error_agrees_with_scikit_learn():
    np.testing.assert_allclose(
        F.mean_absolute_error(PREDICTIONS, TARGETS),
        metrics.mean_absolute_error(TARGETS.T, PREDICTIONS.T, multioutput="raw_values"),
        rtol=1e-5,
    )


def test_absolute_error_has_gradients_jit_vmap_and_dtypes():
    loss = F.mean_absolute_error
    assert jax.eval_shape(loss, PREDICTIONS, TARGETS).shape == (50,)
    check_jit_and_vmap(loss, PREDICTIONS, TARGETS)
    assert jax.eval_shape(loss, np.ones(3, jnp.bfloat16), np.arange(3)).dtype == jnp.bfloat16
    check_gradients(loss, PREDICTIONS[:4], TARGETS[:4] + 0.1, order=1)


@pytest.mark.thorough
def test_r2_agrees_with_scikit_learn():
    scores = r2_score(PREDICTIONS, TARGETS)
    expected = metrics.r2_score(TARGETS, PREDICTIONS, multioutput="raw_values")
    np.testing.assert_allclose(scores, expected, rtol=1e-4)
    assert scores[0] > 0.99 > scores[1] > 0 > scores[2]  # 1, ½ and √5 standard deviations of noise
    np.testing.assert_allclose(r2_score(PREDICTIONS[:, 1], TARGETS[:, 1]), expected[1], rtol=1e-4)
    np.testing.assert_allclose(F.r2_score(PREDICTIONS, TARGETS), scores, rtol=1e-5)


def test_r2_counts_only_what_is_asked_for():
    where = np.arange(50) < 20
    np.testing.assert_allclose(
        r2_score(PREDICTIONS, TARGETS, where=where),
        metrics.r2_score(TARGETS[:20], PREDICTIONS[:20], multioutput="raw_values"),
        rtol=1e-4,
    )
    assert np.isnan(r2_score(PREDICTIONS[:, 0], TARGETS[:, 0], where=np.zeros(50, bool)))


def test_r2_of_the_mean_is_0_and_of_the_targets_1():
    mean = np.broadcast_to(TARGETS.mean(axis=0), TARGETS.shape)
    np.testing.assert_allclose(r2_score(mean, TARGETS), 0, atol=1e-6)
    assert r2_score(TARGETS, TARGETS).tolist() == [1, 1, 1]


@pytest.mark.parametrize(("predicted", "score"), [([2.0, 2.0], 1.0), ([2.0, 2.5], 0.0)])
def test_r2_of_constant_targets_is_scikit_learns(predicted, score):
    targets = np.array([2.0, 2.0])
    assert float(r2_score(np.array(predicted), targets)) == score
    assert metrics.r2_score(targets, predicted) == score


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_interval_agrees_with_scipy(confidence):
    sample = RNG.exponential(size=300)
    expected = stats.norm.interval(confidence, sample.mean(), stats.sem(sample))
    np.testing.assert_allclose(F.normal_interval(sample, confidence), expected)


def test_interval_holds_the_true_mean_as_often_as_it_says():
    samples = RNG.exponential(size=(2000, 200))
    held = [low <= 1 <= high for low, high in map(F.normal_interval, samples)]
    assert 0.92 < np.mean(held) < 0.97  # of a skewed sample somewhat less than 0.95


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.mean_absolute_error(jnp.ones(3, int), jnp.ones(3)), TypeError, "got int32"),
        (lambda: F.mean_absolute_error(jnp.ones(3), jnp.ones(2)), ValueError, r"shape of pred"),
        (lambda: F.r2_score(jnp.ones(3, int), jnp.ones(3)), TypeError, ": expected floating point"),
        (lambda: F.r2_score(jnp.ones((2, 3)), jnp.ones((2, 2))), ValueError, r"\(2, 3\), got \(2"),
        (lambda: F.r2_score(jnp.ones(()), jnp.ones(())), ValueError, r"\(N,\) or \(N, K\)"),
        (lambda: F.r2_score(jnp.ones(3), jnp.ones(3), where=jnp.ones(3)), ValueError, "booleans"),
        (lambda: F.normal_interval([1.0]), ValueError, r"n at least 2, got \(1,\)"),
        (lambda: F.normal_interval(np.ones((3, 2))), ValueError, r"got \(3, 2\)"),
        (lambda: F.normal_interval([1, 2], 1), ValueError, "confidence: expected a number above 0"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()
