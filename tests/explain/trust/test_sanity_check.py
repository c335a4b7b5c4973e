from functools import partial

import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy.stats import spearmanr

import jaxcnn
from jaxcnn import explain
from jaxcnn._support.leaves import named_leaves
from jaxcnn.explain import randomize_weights
from jaxcnn.inference import Network, Normalization, functionalize

pytestmark = pytest.mark.thorough

KEY = jax.random.key(0)
IMAGES = np.random.default_rng(0).standard_normal((2, 4, 5, 2)).astype(np.float32)


@pytest.mark.slow
def test_is_the_rank_correlation_with_the_randomized_networks(small_model, compiled):
    def rounded(*arguments):
        """Of the same rank in every program that computes it."""
        return jnp.round(explain.saliency(*arguments), 4)

    check = compiled(partial(explain.sanity_check, rounded), small_model, IMAGES, 1, key=KEY)
    assert check.layers == ("out", "conv")

    def saliency(model):
        return abs(rounded(model, IMAGES, 1))

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


def arrays_of(module):
    return {name: np.asarray(leaf) for name, leaf in named_leaves(nnx.state(module))}


@pytest.fixture(scope="module")
def randomized(model):
    """The arrays of three copies, by one compiled program: all drawn anew, or those of some."""
    network = Network(
        *functionalize(model), Normalization((0.0,), (1.0,)), (6, 7, 2), ("a", "b", "c")
    )

    def copies():
        top = randomize_weights(network, key=KEY, layers="out")
        assert isinstance(top, Network)
        some = randomize_weights(model, key=KEY, layers=["out", "conv1"])
        return randomize_weights(model, key=KEY), some, top.module

    return [*map(arrays_of, jax.jit(copies)())]


def test_weights_are_drawn_from_those_of_the_same_array(model, randomized):
    before, after = arrays_of(model), randomized[0]
    for name, array in before.items():
        assert after[name].shape == array.shape
        assert np.isin(after[name], array).all()
        statistic = name.endswith((".mean", ".var"))
        assert np.array_equal(after[name], array) == statistic, name


def test_of_some_layers_as_they_would_be_among_all(model, randomized):
    before = arrays_of(model)
    every, some, _ = randomized
    for name, array in some.items():
        chosen = name.startswith(("layers.out.", "layers.conv1."))
        np.testing.assert_array_equal(array, (every if chosen else before)[name])


def test_of_a_trained_network_is_one_with_other_weights(model, randomized):
    before = arrays_of(model)
    every, _, top = randomized
    for name, array in top.items():
        expected = every if name.startswith("layers.out.") else before
        np.testing.assert_array_equal(array, expected[name])


def test_a_layer_without_weights(model):
    with pytest.raises(ValueError, match="layers: expected layers with weights, got 'pool'"):
        randomize_weights(model, key=KEY, layers=["conv1", "pool"])


RANDOM = np.random.default_rng(0)


@pytest.fixture(scope="module")
def correlate(small_model):
    """The correlation of two maps: one for the network as it was, one for any other."""
    learned = np.asarray(small_model["out"].kernel[...])

    @jax.jit  # one program for all maps
    def correlation(first, second):
        def method(model, *_):
            is_as_it_was = (model["out"].kernel[...] == learned).all()
            return jnp.where(is_as_it_was, first, second)[None]

        check = partial(explain.sanity_check, method, key=KEY, layers=["out"])
        return check(small_model, IMAGES[:1], 1).correlations

    return lambda *maps: correlation(*maps).item()


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_is_scipys_where_many_are_equal_too(correlate, levels):
    first = RANDOM.integers(0, levels, (6, 5)).astype(np.float32)
    second = first + RANDOM.integers(0, levels, (6, 5)).astype(np.float32)
    expected = spearmanr(first, second, axis=None).statistic
    np.testing.assert_allclose(correlate(first, second), expected, rtol=1e-5)


def test_of_what_has_no_order_is_zero(correlate):
    rising = np.repeat([[2], [1], [1], [1], [1], [1]], 5, axis=1).astype(np.float32)
    assert correlate(np.zeros((6, 5), np.float32), rising) == 0
