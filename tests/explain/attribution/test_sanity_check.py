import jax
import numpy as np
from scipy.stats import spearmanr

from jaxcnn import explain

KEY = jax.random.key(0)


def test_is_the_rank_correlation_with_the_randomised_networks(model, images):
    check = explain.sanity_check(explain.saliency, model, images, 1, key=KEY)
    assert check.layers == ("out", "conv2", "norm", "conv1")
    assert check.correlations.shape == (4, 2)
    original = np.abs(explain.saliency(model, images, 1))
    for row, layers in ((0, "out"), (3, None)):
        other = explain.randomize_weights(model, key=KEY, layers=layers)
        maps = np.abs(explain.saliency(other, images, 1))
        expected = [
            spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(original, maps, strict=True)
        ]
        np.testing.assert_allclose(check.correlations[row], expected, rtol=1e-4, atol=1e-5)


def test_layers_in_an_order_of_ones_own(model, images):
    check = explain.sanity_check(
        explain.saliency, model, images, 1, key=KEY, layers=["conv1", "out"]
    )
    whole = explain.sanity_check(explain.saliency, model, images, 1, key=KEY, layers=["conv1"])
    np.testing.assert_allclose(check.correlations[0], whole.correlations[0], rtol=1e-5)
