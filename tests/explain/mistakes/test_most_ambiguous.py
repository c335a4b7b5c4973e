import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import entropy

from jaxcnn import explain

PROBABILITIES = np.random.default_rng(0).dirichlet(np.ones(4), 30).astype(np.float32)


def test_gaps_and_entropies_against_numpy():  # guide rows A1.11, A8.23
    found = jax.jit(explain.most_ambiguous, static_argnums=1)(PROBABILITIES, 7)
    second, first = np.sort(PROBABILITIES, axis=1)[:, -2:].T
    order = second.argsort()[::-1][:7]
    assert found.indices.tolist() == order.tolist()
    np.testing.assert_allclose(found.gaps, (first - second)[order], rtol=1e-5)
    np.testing.assert_allclose(found.entropies, entropy(PROBABILITIES[order], axis=1), rtol=1e-5)


def test_to_be_of_two_minds_is_not_to_know_nothing():  # guide row A1.11
    unknown, duck_or_rabbit, duck = (
        [0.26, 0.25, 0.25, 0.24],
        [0.48, 0.46, 0.06, 0],
        [0.9, 0.1, 0, 0],
    )
    found = explain.most_ambiguous(jnp.array([unknown, duck_or_rabbit, duck]), 3)
    assert found.indices.tolist() == [1, 0, 2]


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
