import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn import metrics

from jaxcnn import functional as F
from tests import reference_numpy as oracle

RNG = np.random.default_rng(4)
TARGETS = RNG.integers(0, 2, (30, 4))
SCORES = (0.3 * TARGETS + RNG.random((30, 4))).astype(np.float32)
TIED = np.round(4 * SCORES) / 4
WHERE = RNG.random(30) < 0.6

# Jitted, so that each is compiled once and not operation by operation.
average_precision = jax.jit(F.average_precision)
mean_average_precision = jax.jit(F.mean_average_precision)


@pytest.mark.thorough
@pytest.mark.parametrize("scores", [SCORES, TIED, -SCORES, np.zeros_like(SCORES)])
def test_agrees_with_scikit_learn_and_the_definition(scores):
    ours = average_precision(scores, TARGETS)
    assert ours.dtype == jnp.float32
    for k, value in enumerate(ours):
        expected = metrics.average_precision_score(TARGETS[:, k], scores[:, k])
        np.testing.assert_allclose(value, expected, rtol=1e-5)
        np.testing.assert_allclose(
            value, oracle.average_precision(scores[:, k], TARGETS[:, k]), rtol=1e-5
        )
    mean = mean_average_precision(scores, TARGETS)
    np.testing.assert_allclose(mean, metrics.average_precision_score(TARGETS, scores), rtol=1e-5)


def test_infinite_scores_are_scores():
    scores = np.array([[np.inf], [-np.inf], [0], [np.inf]], np.float32)
    targets = np.array([[1], [1], [0], [0]])
    np.testing.assert_allclose(average_precision(scores, targets), [0.5], rtol=1e-6)


@pytest.mark.thorough
def test_labels_without_examples():
    targets = TARGETS * np.array([1, 0, 1, 0])
    precisions = average_precision(SCORES, targets)
    assert precisions[1] == precisions[3] == 0
    mean = mean_average_precision(SCORES, targets)
    np.testing.assert_allclose(mean, (precisions[0] + precisions[2]) / 2, rtol=1e-6)
    assert np.isnan(mean_average_precision(SCORES, 0 * targets))
    assert average_precision(SCORES, 1 + 0 * targets).tolist() == [1] * 4


@pytest.mark.thorough
def test_where_leaves_padding_out():
    expected = metrics.average_precision_score(TARGETS[WHERE], TIED[WHERE], average=None)
    ours = average_precision(TIED, TARGETS, where=WHERE)
    np.testing.assert_allclose(ours, expected, rtol=1e-5)
    mean = mean_average_precision(TIED, TARGETS, where=WHERE)
    np.testing.assert_allclose(mean, np.mean(expected), rtol=1e-5)


@pytest.mark.thorough
def test_jit_and_vmap_change_nothing():
    expected = average_precision(TIED, TARGETS)
    np.testing.assert_allclose(F.average_precision(TIED, TARGETS), expected, rtol=1e-6)
    both = jax.vmap(average_precision, (0, None))(np.stack([TIED, SCORES]), TARGETS)
    np.testing.assert_allclose(both[0], expected, rtol=1e-6)
    np.testing.assert_allclose(both[1], average_precision(SCORES, TARGETS), rtol=1e-6)


@pytest.mark.thorough
@pytest.mark.parametrize(("dtype", "target_dtype"), [(jnp.bfloat16, bool), (jnp.float16, np.uint8)])
def test_dtypes(dtype, target_dtype):
    ours = average_precision(TIED.astype(dtype), TARGETS.astype(target_dtype))
    np.testing.assert_allclose(ours, average_precision(TIED, TARGETS), rtol=1e-6)
    assert ours.dtype == jnp.float32


@pytest.mark.parametrize("metric", [F.average_precision, F.mean_average_precision])
@pytest.mark.parametrize(
    ("scores", "targets", "error", "message"),
    [
        (TARGETS, TARGETS, TypeError, "scores: expected floating point, got int32"),
        (SCORES, SCORES, TypeError, "targets: expected booleans, or integers 0 and 1, got float32"),
        (SCORES[0], TARGETS[0], ValueError, r"scores: expected shape \(N, K\).*got \(4,\)"),
        (SCORES, TARGETS[:5], ValueError, r"targets: expected shape \(30, 4\), got \(5, 4\)"),
    ],
)
def test_errors(metric, scores, targets, error, message):
    with pytest.raises(error, match=message):
        metric(jnp.asarray(scores), jnp.asarray(targets))
