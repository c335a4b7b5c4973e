import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference_numpy as ref
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics

from jaxcnn import functional as F

RNG = np.random.default_rng(6)
PROBABILITIES = RNG.dirichlet(np.full(3, 0.4), size=50).astype(np.float32)
LABELS = RNG.integers(0, 3, 50)
WHERE = RNG.random(50) < 0.5

# Jitted, so that it is compiled once and not operation by operation.
calibration_error = jax.jit(F.expected_calibration_error, static_argnames="bins")


@pytest.mark.parametrize("bins", [1, 4, 15])
def test_agrees_with_the_oracle(bins):
    found = calibration_error(PROBABILITIES, LABELS, bins=bins)
    expected = ref.expected_calibration_error(PROBABILITIES, LABELS, bins)
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_certain_answers():
    certain = np.eye(3, dtype=np.float32)[LABELS]
    assert calibration_error(certain, LABELS) == 0
    assert calibration_error(certain, (LABELS + 1) % 3) == 1


@pytest.mark.thorough
def test_where_jit_and_vmap():
    expected = F.expected_calibration_error(PROBABILITIES[WHERE], LABELS[WHERE])
    masked = calibration_error(PROBABILITIES, LABELS, where=WHERE)
    assert float(masked) == pytest.approx(float(expected), rel=1e-5)
    batches, labels = PROBABILITIES.reshape(2, 25, 3), LABELS.reshape(2, 25)
    parts = jax.jit(jax.vmap(F.expected_calibration_error))(batches, labels)
    apart = np.array([*map(ref.expected_calibration_error, batches, labels, (15, 15))])
    np.testing.assert_allclose(parts, apart, rtol=1e-5)


def test_half_precision():
    half = calibration_error(PROBABILITIES.astype(jnp.bfloat16), LABELS, bins=1)
    assert half.dtype == jnp.float32
    full = calibration_error(PROBABILITIES, LABELS, bins=1)
    assert float(half) == pytest.approx(float(full), abs=0.01)


def test_errors_of_the_calibration_error():  # those of labels and where: test_accuracy
    with pytest.raises(ValueError, match="bins: expected at least 1, got 0"):
        F.expected_calibration_error(PROBABILITIES, LABELS, bins=0)
    with pytest.raises(ValueError, match=r"probabilities: expected shape \(N, K\), got \(3,\)"):
        F.expected_calibration_error(PROBABILITIES[0], LABELS[0])


@pytest.mark.parametrize("classes", [2, 3])
def test_brier_score_agrees_with_scikit_learn(classes):
    likely = PROBABILITIES[:, :classes].astype(np.float64)
    likely /= likely.sum(axis=1, keepdims=True)
    labels = LABELS % classes
    expected = metrics.brier_score_loss(labels[WHERE], likely[WHERE])
    for score in (F.brier_score, jax.jit(F.brier_score)):
        found = score(likely, labels, where=WHERE)
        assert (found.shape, found.dtype) == ((), jnp.float32)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_brier_score_of_two_classes_is_that_of_one():
    yes = PROBABILITIES[:, 0].astype(np.float64)
    labels = LABELS == 0
    found = F.brier_score(yes, labels)
    np.testing.assert_allclose(found, metrics.brier_score_loss(labels, yes), rtol=1e-6)
    both = np.stack([1 - yes, yes], axis=1)
    np.testing.assert_allclose(F.brier_score(both, labels.astype(int)), found, rtol=1e-6)


def test_brier_score_at_the_ends():
    certain = np.eye(3, dtype=np.float32)[LABELS]
    assert F.brier_score(certain, LABELS) == 0
    assert F.brier_score(certain, (LABELS + 1) % 3) == 2
    assert np.isnan(F.brier_score(certain, LABELS, where=np.zeros(50, bool)))


def test_errors_of_the_brier_score():
    with pytest.raises(ValueError, match="probabilities: expected values from 0 to 1, got 3"):
        F.brier_score(3 * np.eye(3)[LABELS], LABELS)
    with pytest.raises(ValueError, match="labels: expected classes from 0 to 2, got 3"):
        F.brier_score(PROBABILITIES, LABELS + 1)
    with pytest.raises(ValueError, match=r"probabilities: expected shape \(N,\), or \(N, K\)"):
        F.brier_score(PROBABILITIES[None], LABELS)


@given(n=st.integers(1, 10_000), fraction=st.floats(0, 1), confidence=st.floats(0.5, 0.999))
@settings(max_examples=50, deadline=None)
def test_wilson_interval_agrees_with_scipy(n, fraction, confidence):
    successes = round(fraction * n)
    found = F.wilson_interval(successes, n, confidence)
    test = binomtest(successes, n)
    expected = test.proportion_ci(confidence, method="wilson")
    assert found == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert 0 <= found[0] <= successes / n <= found[1] <= 1


def test_wilson_interval_at_the_ends():
    assert F.wilson_interval(0, 10)[0] == 0.0
    assert F.wilson_interval(10, 10)[1] == 1.0
    assert F.wilson_interval(10, 10)[0] == pytest.approx(0.7225, abs=5e-5)  # n / (n + z^2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 0), "n: expected at least 1, got 0"),
        ((11, 10), "successes: expected 0 to n = 10, got 11"),
        ((-1, 10), "successes: expected 0 to n = 10, got -1"),
        ((5, 10, 95), "confidence: expected a number above 0 and below 1, got 95"),
        ((5, 10, 0.0), "confidence: expected a number above 0 and below 1, got 0.0"),
    ],
)
def test_errors_of_the_wilson_interval(arguments, message):
    with pytest.raises(ValueError, match=message):
        F.wilson_interval(*arguments)
