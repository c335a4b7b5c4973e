from functools import partial

import built
import jax
import numpy as np
from flax import nnx
from scipy.stats import spearmanr

import jaxcnn
from jaxcnn import explain

KEY = jax.random.key(0)
IMAGES = np.random.default_rng(0).standard_normal((2, 4, 5, 2)).astype(np.float32)


def test_is_the_rank_correlation_with_the_randomised_networks(small_model, compiled):
    check = compiled(
        partial(explain.sanity_check, explain.saliency), small_model, IMAGES, 1, key=KEY
    )
    assert check.layers == ("out", "conv")

    def saliency(model):
        return abs(explain.saliency(model, IMAGES, 1))

    @jax.jit
    def maps(model):
        """Of the model, and as it loses its layers."""
        lost = explain.randomize_weights(model, key=KEY)
        without_top = nnx.clone(model)
        without_top["out"].kernel[...] = lost["out"].kernel[...]
        return [saliency(model) for model in (model, without_top, lost)]

    original, *changed = maps(small_model)
    for found, after in zip(check.correlations, changed, strict=True):
        pairs = zip(original, after, strict=True)
        correlations = [spearmanr(*pair, axis=None).statistic for pair in pairs]
        np.testing.assert_allclose(found, correlations, atol=1e-5)


def test_guided_backprop_keeps_more_of_its_maps_than_the_gradient_when_the_top_is_forgotten():
    conv, relu = jaxcnn.Conv(4, 3, use_bias=False), jaxcnn.Activation("relu")
    top = jaxcnn.Dense(3, use_bias=False, name="out")
    net = jaxcnn.Sequential([conv, relu, conv, relu, jaxcnn.Flatten(), top])
    model = built.filled(net, (6, 6, 1))
    images = np.random.default_rng(0).random((16, 6, 6, 1), np.float32)

    @jax.jit
    def correlations(model):
        methods = (explain.saliency, explain.guided_backprop)
        return [
            explain.sanity_check(method, model, images, 0, key=KEY, layers=["out"]).correlations
            for method in methods
        ]

    of_saliency, of_guided = map(np.mean, correlations(model))
    assert abs(of_saliency) < 0.2
    assert of_guided > 0.3
