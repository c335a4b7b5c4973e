import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import entropy

from jaxcnn import explain

PROBABILITIES = np.random.default_rng(0).dirichlet(np.ones(4), 30).astype(np.float32)


def test_gaps_and_entropies_against_numpy():
    found = jax.jit(explain.most_ambiguous, static_argnums=1)(PROBABILITIES, 7)
    first = np.sort(PROBABILITIES, axis=1)
    gaps = first[:, -1] - first[:, -2]
    order = gaps.argsort()[:7]
    assert found.indices.tolist() == order.tolist()
    np.testing.assert_allclose(found.gaps, gaps[order], rtol=1e-5)
    np.testing.assert_allclose(found.entropies, entropy(PROBABILITIES[order], axis=1), rtol=1e-5)


@pytest.mark.parametrize(
    ("probabilities", "count", "message"),
    [
        (jnp.ones((2, 1)), 1, r"must have shape \(N, K\), K at least 2; got \(2, 1\)"),
        (PROBABILITIES, 31, "count must be 1 to the number of examples, 30; got 31"),
    ],
)
def test_errors(probabilities, count, message):
    with pytest.raises(ValueError, match=message):
        explain.most_ambiguous(probabilities, count)
