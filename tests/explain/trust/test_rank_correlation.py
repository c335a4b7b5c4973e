import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import spearmanr

from jaxcnn.explain.trust._sanity_check import rank_correlation

RANDOM = np.random.default_rng(0)
correlate = jax.jit(rank_correlation)


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_is_scipys_where_many_are_equal_too(levels):
    first = RANDOM.integers(0, levels, (6, 5)).astype(np.float32)
    second = first + RANDOM.integers(0, levels, (6, 5)).astype(np.float32)
    expected = spearmanr(first, second, axis=None).statistic
    np.testing.assert_allclose(correlate(first, second), expected, rtol=1e-5)


def test_of_what_has_no_order_is_zero():
    assert correlate(jnp.zeros((6, 5)), jnp.ones((6, 5)).at[0].set(2)) == 0
