import jax
import numpy as np
import pytest
from flax import nnx

from jaxcnn.explain import randomize_weights
from jaxcnn.nn._leaves import named_leaves
from jaxcnn.inference import Network
from jaxcnn.inference import Normalization
from jaxcnn.inference import purify

KEY = jax.random.key(0)


def arrays_of(module):
    return {name: np.asarray(leaf) for name, leaf in named_leaves(nnx.state(module))}


@pytest.fixture(scope="module")
def every(model):
    return arrays_of(jax.jit(lambda: randomize_weights(model, key=KEY))())


def test_weights_are_drawn_from_those_of_the_same_array(model, every):
    before, after = arrays_of(model), every
    for name, array in before.items():
        assert after[name].shape == array.shape
        assert np.isin(after[name], array).all()
        statistic = name.endswith((".mean", ".var"))
        assert np.array_equal(after[name], array) == statistic, name


def test_of_some_layers_as_they_would_be_among_all(model, every):
    before = arrays_of(model)
    some = arrays_of(jax.jit(lambda: randomize_weights(model, key=KEY, layers=["out", "conv1"]))())
    for name, array in some.items():
        chosen = name.startswith(("layers.out.", "layers.conv1."))
        np.testing.assert_array_equal(array, (every if chosen else before)[name])


def test_of_a_trained_network_is_one_with_other_weights(model, every):
    network = Network(*purify(model), Normalization((0.0,), (1.0,)), (6, 7, 2), ("a", "b", "c"))

    def after():
        found = randomize_weights(network, key=KEY, layers="out")
        assert isinstance(found, Network)
        return found.module

    for name, array in arrays_of(jax.jit(after)()).items():
        expected = every if name.startswith("layers.out.") else arrays_of(model)
        np.testing.assert_array_equal(array, expected[name])


def test_a_layer_without_weights(model):
    with pytest.raises(ValueError, match="layers must have weights, got 'pool'"):
        randomize_weights(model, key=KEY, layers=["conv1", "pool"])
