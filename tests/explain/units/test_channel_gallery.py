"""Galleries of what channels respond to."""

import dataclasses

import built
import jax
import numpy as np
import pytest
import small
from flax import nnx

import jaxcnn as J
from jaxcnn import explain
from jaxcnn.explain._inputs import subject_of
from jaxcnn.explain.units._gallery_layers import gallery_layers
from jaxcnn.inference import Network, Normalization, functionalize

SHAPE = (8, 8, 1)
NET = J.Sequential(
    [
        J.Conv(4, 3, name="stem"),
        J.BatchNorm(),
        J.Activation("relu"),
        J.MaxPool(2),
        J.Conv(6, 3),
        J.Activation("relu"),
        J.Flatten(),
        J.Dense(3),
    ]
)
NAMES = ("cat", "dog", "bird")
KEY = jax.random.key(0)


@pytest.fixture(scope="module")
def network():
    apply, variables = functionalize(J.build(NET, SHAPE, rngs=nnx.Rngs(0)))
    return Network(apply, variables, Normalization((0.4,), (0.25,)), SHAPE, NAMES, NET)


@pytest.fixture(scope="module")
def gallery(network):
    images = np.random.default_rng(0).integers(80, 140, (30, *SHAPE), np.uint8)
    return images, explain.channel_gallery(network, images, key=KEY, count=3, steps=40)


@pytest.mark.thorough
def test_layers_from_the_image_to_the_classes(gallery):
    layers = gallery[1].layers
    assert [layer.layer for layer in layers] == ["1", "4", "7"]
    assert [layer.field for layer in layers] == [(3, 3), (7, 7), (8, 8)]
    assert [layer.total for layer in layers] == [4, 6, 3]
    assert [layer.names for layer in layers] == [(), (), NAMES]
    assert layers[0].title == "stem: Conv 3×3 SAME"
    assert layers[0].share == 9 / 64


@pytest.mark.thorough
def test_pictures_are_responded_to_more_than_real_images(gallery):
    for layer in gallery[1].layers:
        assert layer.pictures.shape == (layer.total, *layer.field, 1)
        assert 0 <= layer.pictures.min() <= layer.pictures.max() <= 1
        assert (layer.values > layer.patch_values[:, 0]).all()


@pytest.mark.thorough
def test_real_images_are_those_with_the_largest_responses(gallery, network):
    images, found = gallery
    for layer in found.layers:
        top = explain.top_activations(network, images, layer.layer, count=3)
        np.testing.assert_array_equal(layer.patch_values, top.values)
    np.testing.assert_array_equal(found.layers[2].patches, images[top.images])


@pytest.mark.thorough
def test_a_linear_unit_responds_most_to_its_weights():
    net = J.Sequential([J.Conv(4, 5, padding="VALID", name="stem"), J.GlobalAvgPool()])
    model = built.filled(net, SHAPE)
    normalization, names = Normalization((0.5,), (0.25,)), ("a", "b", "c", "d")
    trained = Network(*functionalize(model), normalization, SHAPE, names, net)
    (layer,) = explain.channel_gallery(trained, key=KEY, layers=["stem"]).layers
    weights = np.moveaxis(np.asarray(model["stem"].kernel), -1, 0)
    for picture, kernel in zip(layer.pictures, weights, strict=True):
        assert np.corrcoef(picture.ravel(), kernel.ravel())[0, 1] > 0.7


def names_of(net, shape):
    apply, variables = functionalize(nnx.eval_shape(lambda: J.build(net, shape, rngs=nnx.Rngs(0))))
    normalization = Normalization((0.5,), (0.25,))
    names = tuple(map(str, range(net.output_shape(shape)[0])))
    network = Network(apply, variables, normalization, shape, names, net)
    return [layer.title for layer in gallery_layers(subject_of(network), shape)]


@pytest.mark.thorough
def test_layers_of_the_zoo():
    assert names_of(J.models.cifar_small(), (32, 32, 3)) == [
        *("0: Conv 4×4/2", "3: Conv 3×3 SAME", "7: Conv 3×3 SAME", "10: Conv 3×3 SAME"),
        *("14: Conv 3×3 SAME", "17: Conv 3×3 SAME", "The output"),
    ]
    residual = names_of(J.models.resnet18(), (64, 64, 3))
    assert len(residual) == 9
    assert residual[0].startswith("conv1: ")
    assert not any("downsample" in name for name in residual)


@pytest.mark.thorough
def test_a_custom_module():
    module = small.FlaxModule(nnx.Rngs(0))
    found = explain.channel_gallery(module, key=KEY, steps=2, input_shape=SHAPE)
    (layer,) = found.layers
    assert (layer.title, layer.field, layer.patches) == ("conv: Conv", (8, 8), None)


def test_a_module_without_convolutions_has_no_gallery():
    class Empty(nnx.Module):
        pass

    with pytest.raises(ValueError, match="model: expected a network with convolutions or class"):
        explain.channel_gallery(Empty(), key=KEY, input_shape=SHAPE)


@pytest.mark.thorough
def test_what_is_exported_has_no_pictures(gallery):
    content = gallery[1].to_dict()
    assert {*content["layers"][0]}.isdisjoint({"pictures", "patches"})
    assert len(content["layers"][0]["patch_values"]) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": ["1", "9"]}, "layer: expected the name of a layer, got '9'"),
        ({"channels": 0}, "channels: expected at least 1, got 0"),
        ({"input_shape": (8, 8, 2)}, r"input_shape: expected \(H, W, 1\) or \(H, W, 3\), got"),
        ({"input_shape": None}, r"input_shape: expected \(H, W, C\) for a bare module, got None"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        explain.channel_gallery(
            built.filled(NET, SHAPE), key=KEY, **{"input_shape": SHAPE, **options}
        )


@pytest.mark.thorough
def test_the_figure_has_a_row_per_channel(gallery):
    figure = explain.plot_channel_gallery(gallery[1].layers[0], title="mine")
    names = [tick.get_text().split("\n")[0] for tick in figure.axes[0].get_yticklabels()]
    assert names == [f"channel {k}" for k in range(4)]
    assert "Hatched" not in figure.get_supxlabel()  # all patches are within their images
    layer = gallery[1].layers[0]
    inside = np.ones_like(layer.inside)
    inside[1, 2, :, 0] = False
    figure = explain.plot_channel_gallery(dataclasses.replace(layer, inside=inside))
    assert "Hatched is beyond" in figure.get_supxlabel().replace("\n", " ")
