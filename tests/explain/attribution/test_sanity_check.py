from functools import partial

import jax
import numpy as np
import pytest
from scipy.stats import spearmanr

from jaxcnn import explain

KEY = jax.random.key(0)
IMAGES = np.random.default_rng(0).standard_normal((2, 4, 5, 2)).astype(np.float32)


@pytest.mark.parametrize(
    ("layers", "expected"), [(None, ("out", "conv")), (["conv", "out"], ("conv", "out"))]
)
def test_is_the_rank_correlation_with_the_randomised_networks(
    small_model, compiled, layers, expected
):
    check = compiled(
        partial(explain.sanity_check, explain.saliency),
        *(small_model, IMAGES, 1),
        key=KEY,
        layers=layers,
    )
    assert check.layers == expected
    saliency = jax.jit(lambda model: abs(explain.saliency(model, IMAGES, 1)))
    original = saliency(small_model)
    for stage in range(2):
        changed = explain.randomize_weights(small_model, key=KEY, layers=expected[: stage + 1])
        pairs = zip(original, saliency(changed), strict=True)
        correlations = [spearmanr(*pair, axis=None).statistic for pair in pairs]
        np.testing.assert_allclose(check.correlations[stage], correlations, atol=1e-5)
    assert np.max(check.correlations) < 0.7
