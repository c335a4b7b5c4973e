import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import small
import tiles
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


@pytest.mark.thorough
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


@pytest.mark.thorough
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
        TypeError, match=r"layers: expected the name of a layer, .*, or several, .*, got 4"
    ):
        explain.feature_maps(model, IMAGES, 4)


def test_a_network_of_tokens_takes_integers():
    net = jaxcnn.Sequential([jaxcnn.Embedding(9, 2), jaxcnn.GlobalMaxPool()])
    module = built.filled(net, (5,))
    tokens = np.array([[1, 2, 3, 0, 0]])
    vectors = np.asarray(module[0].embedding[...])
    np.testing.assert_array_equal(explain.feature_maps(module, tokens, "0"), vectors[tokens])


def test_what_cannot_be_looked_into(model):
    with pytest.raises(TypeError, match=r"got Sequential \(build it first"):
        explain.feature_maps(NET, IMAGES, "stem")
    with pytest.raises(TypeError, match=r"images: expected floating point.*got uint8"):
        explain.feature_maps(model, np.zeros((1, 5, 5, 1), np.uint8), "stem")


RNG = np.random.default_rng(0)


def test_all_channels_have_one_symmetric_scale():  # guide row A7.2
    maps = RNG.normal(size=(6, 6, 12))
    maps[..., 3] = 0
    image = RNG.integers(0, 256, (12, 12, 1), np.uint8)
    figure = explain.plot_feature_maps(maps, image=image, title="conv1 of mine")
    beside, axes, bar = figure.axes
    assert figure.get_suptitle() == "conv1 of mine"
    assert beside.get_title() == "the image"
    limit = np.abs(maps).max()
    assert axes.images[0].get_clim() == pytest.approx((-limit, limit))
    assert bar.get_ylim() == pytest.approx((maps.min(), maps.max()))
    assert bar.get_ylabel() == "activation"
    caption = figure.get_supxlabel().replace("\n", " ")
    assert caption.startswith("n = 12 maps of 6×6. 1 of them is 0 everywhere. Gray is 0,")
    assert "darker (blue) is negative" in caption


def test_tiles_are_the_channels_in_order():
    maps = np.arange(12.0) * np.ones((6, 6, 1))
    figure = explain.plot_feature_maps(maps)
    axes = figure.axes[0]
    assert "negative" not in figure.get_supxlabel()  # nothing is, as after a ReLU
    shown = tiles.middles(axes.images[0].get_array(), 3, 4)
    np.testing.assert_array_equal(shown, np.arange(12.0).reshape(3, 4))
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0–3", "4–7", "8–11"]


def test_names_stand_below_the_maps_in_one_row():
    names = ["diagonal", "cross", "anti-diagonal"]
    axes, _ = explain.plot_feature_maps(RNG.normal(size=(7, 7, 3)), names=names).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == names
    height, width = axes.images[0].get_array().shape
    assert width > 2.9 * height
    axes, _ = explain.plot_feature_maps(RNG.normal(size=(7, 3)), names=names).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == names


def test_maps_of_a_text_are_rows(draw):
    maps = RNG.normal(size=(9, 5))
    axes = draw(explain.plot_feature_maps(maps)).axes[0]
    np.testing.assert_allclose(axes.images[0].get_array(), maps.T, rtol=1e-6)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("position", "channel")


def test_no_more_than_64_maps():
    figure = explain.plot_feature_maps(np.zeros((2, 2, 70)))
    assert "n = 70 maps of 2×2, the first 64 shown. 70 of them" in figure.get_supxlabel().replace(
        "\n", " "
    )
    assert figure.axes[0].get_yticklabels()[-1].get_text() == "56–63"
