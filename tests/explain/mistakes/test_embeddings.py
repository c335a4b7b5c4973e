import jax
import numpy as np
import pytest
from flax import nnx

import jaxcnn
from jaxcnn import explain
from jaxcnn.explain.mistakes import _nearest_neighbours

NET = jaxcnn.Sequential(
    [jaxcnn.Conv(4, 3, name="stem"), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(5), jaxcnn.Dense(3)]
)
IMAGES = np.random.default_rng(0).random((7, 6, 6, 1), np.float32)


@pytest.fixture(scope="module")
def model():
    return jaxcnn.build(NET, (6, 6, 1), rngs=nnx.Rngs(0))


def test_are_what_the_last_dense_layer_takes(model, monkeypatch):
    monkeypatch.setattr(_nearest_neighbours, "BATCH_SIZE", 3)
    found = jax.jit(explain.embeddings)(model, IMAGES)
    expected = model[2](model[1](model[0](IMAGES)))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_or_what_a_named_layer_gives(model):
    found = explain.embeddings(model, IMAGES, "stem")
    np.testing.assert_allclose(found, model[0](IMAGES).reshape(7, -1), rtol=1e-5, atol=1e-6)


def test_without_a_dense_layer(model):
    with pytest.raises(ValueError, match="layer must be named: the network does not end in"):
        explain.embeddings(jaxcnn.features(model), IMAGES)
