import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import spearmanr

from jaxcnn.explain.attribution._rank_correlation import rank_correlation

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_is_scipys_where_many_are_equal_too(levels):
    first = RANDOM.integers(0, levels, (6, 5)).astype(np.float32)
    second = first + RANDOM.integers(0, levels, (6, 5)).astype(np.float32)
    found = rank_correlation(jnp.asarray(first), jnp.asarray(second))
    expected = spearmanr(first.ravel(), second.ravel()).statistic
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_of_what_has_no_order_is_zero():
    assert rank_correlation(jnp.zeros(4), jnp.arange(4.0)) == 0
