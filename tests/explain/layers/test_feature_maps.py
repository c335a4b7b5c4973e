import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import small
from flax import nnx

import jaxcnn
from jaxcnn import explain

NET = jaxcnn.Sequential(
    [
        jaxcnn.Conv(4, 3, name="stem"),
        jaxcnn.BatchNorm(),
        jaxcnn.Residual([jaxcnn.Conv(6, 3, name="inner")], shortcut=[jaxcnn.Conv(6, 1)]),
        jaxcnn.Flatten(),
        jaxcnn.Dense(3),
    ]
)
IMAGES = np.random.default_rng(0).random((2, 5, 5, 1), np.float32)


@pytest.fixture(scope="module")
def model():
    return built.filled(NET, (5, 5, 1))


def test_are_what_the_layers_give_one_after_another(model):  # guide row A7.2
    maps = explain.feature_maps(model, IMAGES, ["stem", "2.inner", "2", "4"])
    stem = model["stem"](IMAGES)
    normed = model[1](stem, use_running_average=True)
    np.testing.assert_allclose(maps["stem"], stem, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(maps["2.inner"], model[2]["inner"](normed), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(maps["2"], model[2](normed), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(maps["4"], model(IMAGES), rtol=1e-5, atol=1e-5)


def test_under_jit_and_vmap_with_the_module_as_an_argument(model):
    def maps(model, image):
        return explain.feature_maps(model, image[None], "stem")[0]

    found = jax.jit(jax.vmap(maps, in_axes=(None, 0)))(model, IMAGES)
    np.testing.assert_allclose(found, model["stem"](IMAGES), rtol=1e-5, atol=1e-6)


def test_a_module_of_ones_own_and_its_attributes():
    module = small.FlaxModule(nnx.Rngs(0, dropout=1))
    module.eval()
    images = jnp.ones((1, 8, 8, 1))
    found = explain.feature_maps(module, images, "norm")
    np.testing.assert_allclose(found, module.norm(module.conv(images)), rtol=1e-5, atol=1e-6)


def test_the_network_itself_is_left_as_it_was(model):
    before = nnx.graphdef(model)
    explain.feature_maps(model, IMAGES, "stem")
    assert nnx.graphdef(model) == before
    assert type(model["stem"]) is nnx.Conv


def test_what_names_no_layers(model):
    with pytest.raises(
        TypeError, match=r"layers must be the name of a layer, .*, or several, .*, got 4"
    ):
        explain.feature_maps(model, IMAGES, 4)


def test_a_network_of_tokens_takes_integers():
    net = jaxcnn.Sequential([jaxcnn.Embedding(9, 2), jaxcnn.GlobalMaxPool()])
    module = built.filled(net, (5,))
    tokens = np.array([[1, 2, 3, 0, 0]])
    vectors = np.asarray(module[0].embedding[...])
    np.testing.assert_array_equal(explain.feature_maps(module, tokens, "0"), vectors[tokens])


def test_what_cannot_be_looked_into(model):
    with pytest.raises(TypeError, match="got Sequential; build it first"):
        explain.feature_maps(NET, IMAGES, "stem")
    with pytest.raises(TypeError, match=r"images must be floating point.*got uint8"):
        explain.feature_maps(model, np.zeros((1, 5, 5, 1), np.uint8), "stem")
