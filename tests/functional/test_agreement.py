import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics

from jaxcnn import functional as F

WEIGHTS = (None, "linear", "quadratic")
LARGE = np.array([[3_000_000_000, 1], [1, 10]])
SCORES = {
    "mcc": F.matthews_corrcoef,
    **{weights: lambda m, w=weights: F.cohen_kappa(m, weights=w) for weights in WEIGHTS},
}
# One program for all: each would compile by itself.
traced = jax.jit(lambda matrix: [score(matrix) for score in SCORES.values()])


def expected(matrix):
    """The scores of scikit-learn for the examples that a matrix counts; 0 where it has NaN."""
    labels, guesses = (np.repeat(k.ravel(), matrix.ravel()) for k in np.indices(matrix.shape))
    found = {"mcc": metrics.matthews_corrcoef(labels, guesses)}
    for weights in WEIGHTS:
        found[weights] = metrics.cohen_kappa_score(labels, guesses, weights=weights)
    return {name: np.nan_to_num(value) for name, value in found.items()}


MATRICES = hnp.arrays(np.int64, (3, 3), elements=st.integers(0, 9)).filter(lambda m: m.sum() > 0)


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore")
@settings(deadline=None)
@given(MATRICES)
@example(np.diag([4, 0, 0]))
@example(np.array([[0, 5, 0], [5, 0, 0], [0, 0, 0]]))
def test_agrees_with_scikit_learn(matrix):
    wanted, compiled = expected(matrix), traced(matrix)
    for (name, score), found_compiled in zip(SCORES.items(), compiled, strict=True):
        found = score(matrix)
        assert (found.dtype, found.shape) == (jnp.float32, ())
        np.testing.assert_allclose(found, wanted[name], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(found_compiled, wanted[name], rtol=1e-4, atol=1e-5)


def test_large_counts_do_not_overflow():
    total = LARGE.sum()
    true, predicted = LARGE.sum(axis=1) / total, LARGE.sum(axis=0) / total
    by_chance = float(true @ predicted)
    kappa = (np.trace(LARGE) / total - by_chance) / (1 - by_chance)
    assert float(F.cohen_kappa(LARGE)) == pytest.approx(kappa, rel=1e-5)
    assert float(F.matthews_corrcoef(LARGE)) == pytest.approx(10 / 11, rel=1e-5)


def test_no_examples():
    assert F.matthews_corrcoef(np.zeros((2, 2), int)) == 0
    assert F.cohen_kappa(np.zeros((2, 2), int)) == 0


@pytest.mark.parametrize("score", [F.matthews_corrcoef, F.cohen_kappa])
def test_bad_matrices(score):
    with pytest.raises(TypeError, match="confusion_matrix: expected integer counts, got float"):
        score(np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"confusion_matrix: expected shape \(K, K\)"):
        score(np.ones((2, 3), int))


def test_bad_weights():
    with pytest.raises(ValueError, match="weights: expected one of"):
        F.cohen_kappa(np.eye(2, dtype=int), weights="square")
