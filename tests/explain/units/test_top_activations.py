import dataclasses

import arrays
import built
import jax
import numpy as np
import pytest
import small
import tiles

import jaxcnn as J
from jaxcnn import explain
from jaxcnn.data import Dataset
from jaxcnn.explain import Unit, top_activations
from jaxcnn.inference import Network, Normalization, functionalize

SHAPE = (6, 5, 1)
NET = J.Sequential([J.Conv(3, 3, name="stem"), J.MaxPool(2, name="pool"), J.GlobalAvgPool()])


@pytest.mark.parametrize(("layer", "batch_size"), [("stem", 4), ("pool", 100), ("2", 3)])
def test_they_are_the_largest_of_all(layer, batch_size):  # guide row A7.5
    model, images = built.filled(NET, SHAPE), arrays.normal(11, *SHAPE)
    found = top_activations(model, images, layer, count=4, batch_size=batch_size)
    maps = np.asarray(jax.jit(lambda images: explain.feature_maps(model, images, layer))(images))
    channels = maps.reshape(11, -1, 3).max(axis=1)
    order = np.argsort(-channels, axis=0, kind="stable")[:4]
    np.testing.assert_array_equal(found.images, order.T)
    for channel, (indices, values, places) in enumerate(
        zip(found.images, found.values, found.positions, strict=True)
    ):
        for index, value, place in zip(indices, values, places, strict=True):
            np.testing.assert_allclose(maps[(index, *place, channel)], value, rtol=1e-6)
            np.testing.assert_allclose(channels[index, channel], value, rtol=1e-6)


def test_the_patches_are_what_the_channel_sees():
    model = built.filled(NET, SHAPE)
    images = np.zeros((3, *SHAPE), np.uint8)
    images[:, 2:4, 2:4, 0] = 7
    images[1, 0, 4] = 255  # in the corner, where the patch reaches beyond the image
    model["stem"].kernel[...] = np.ones((3, 3, 1, 3), np.float32)
    data = Dataset(images, [0, 0, 0], ("only",))
    found = top_activations(model, images / np.float32(255), "stem", count=2, architecture=NET)
    assert found.images[:, 0].tolist() == [1, 1, 1]
    patches = found.patches(data, channels=[0, 2])
    assert (patches.shape, patches.dtype) == ((2, 2, 3, 3, 1), np.uint8)
    row, column = found.positions[0, 0]
    padded = np.pad(images[1, ..., 0], 1)
    np.testing.assert_array_equal(patches[0, 0, ..., 0], padded[row : row + 3, column : column + 3])
    np.testing.assert_array_equal(patches[1, 1, ..., 0].max(), 7)
    corner = dataclasses.replace(found, positions=np.zeros_like(found.positions))
    inside = np.pad(np.ones((2, 2), np.bool_), ((1, 0), (1, 0)))
    np.testing.assert_array_equal(
        corner.inside(SHAPE, channels=[0, 2]), np.full((2, 2, 3, 3), inside)
    )


@pytest.mark.thorough
def test_a_field_larger_than_the_image_is_the_image():
    net = J.Sequential([J.Conv(1, (9, 3)), J.GlobalMaxPool()])
    images = arrays.normal(2, *SHAPE)
    for layer, rows in (("0", (6, 3)), ("1", (6, 5))):
        found = top_activations(built.filled(net, SHAPE), images, layer, architecture=net)
        assert found.patches(images).shape == (1, 2, *rows, 1)


def test_around_the_edges():
    net = J.Sequential([J.Conv(1, 3, padding="CIRCULAR", use_bias=False)])
    model = built.filled(net, SHAPE)
    model[0].kernel[...] = np.ones((3, 3, 1, 1), np.float32)
    image = np.zeros((1, *SHAPE), np.float32)
    image[0, [0, 0, 5], [0, 4, 0]] = 1  # neighbors, around the edges
    found = top_activations(model, image, "0", architecture=net)
    assert found.patches(image).sum() == found.values.item() == 3


@pytest.mark.thorough
def test_a_trained_network_takes_pixels_and_knows_its_architecture():
    data, half = small.dataset(), Normalization((0.5,), (0.5,))
    variables = functionalize(built.filled(small.NETWORK, data.input_shape))
    network = Network(*variables, half, data.input_shape, data.class_names, small.NETWORK)
    found = top_activations(network, data, "0", count=3, batch_size=16)
    assert found.patches(data).shape == (4, 3, 3, 3, 1)
    with pytest.raises(ValueError, match=r"image: expected one image.*got shape \(1, 8, 8, 1\)"):
        explain.explain_unit(network, data.images[:1], Unit("0", 3))
    maps = jax.jit(lambda images: explain.feature_maps(network, images, "0"))(data.images)
    np.testing.assert_allclose(found.values[:, 0], np.asarray(maps).max((0, 1, 2)), rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "count: expected at least 1, got 0"),
        ({"batch_size": 0}, "batch_size: expected at least 1, got 0"),
        ({"layer": "nothing"}, "layer: expected the name of a layer, got 'nothing'"),
        ({"images": np.ones((0, *SHAPE))}, "images: expected at least one"),
    ],
)
def test_what_cannot_be_searched(options, message):
    arguments = {"images": np.ones((1, *SHAPE), np.float32), "layer": "stem", **options}
    with pytest.raises(ValueError, match=message):
        top_activations(built.filled(NET, SHAPE), **arguments)


def test_patches_need_the_architecture():
    found = top_activations(built.filled(NET, SHAPE), arrays.normal(1, *SHAPE), "stem")
    with pytest.raises(ValueError, match="pass architecture= to top_activations"):
        found.patches(arrays.normal(1, *SHAPE))


PATCHES = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 5, 1), np.uint8)
VALUES = np.array([[4.0, 3, 2, 1.5], [1, 0, 0, -1], [9, 8, 8, 8]])


def test_rows_are_channels():
    figure = explain.plot_top_activations(PATCHES, values=VALUES, title="conv2")
    (axes,) = figure.axes
    assert figure.get_suptitle() == "conv2"
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        "channel 0\n4 to 1.5",
        "channel 1\n1 to −1",
        "channel 2\n9 to 8",
    ]
    shown = tiles.middles(axes.images[0].get_array(), 3, 4)[..., 0]
    np.testing.assert_allclose(shown, PATCHES[:, :, 2, 2, 0] / 255, atol=1e-6)
    caption = figure.get_supxlabel().replace("\n", " ")
    assert "Each row: the 4 images of the set" in caption
    assert "with the largest and the smallest of these responses" in caption


def test_what_is_beyond_an_edge_is_hatched():
    inside = np.ones(PATCHES.shape[:-1], np.bool_)
    inside[1, 2, :, 3:] = False
    before, after = (
        explain.plot_top_activations(PATCHES, inside=mask)
        for mask in (np.ones_like(inside), inside)
    )
    drawn, hatched = (figure.axes[0].images[0].get_array() for figure in (before, after))
    changed = np.argwhere((drawn != hatched).any(axis=-1))
    # Tiles of 5 pixels are enlarged to 25, with 2 between them: this is the second row, the third
    # patch, from its fourth column on.
    assert changed.min(axis=0).tolist() == [27, 2 * 27 + 15]
    assert changed.max(axis=0).tolist() == [27 + 24, 2 * 27 + 24]
    area = hatched[27 : 27 + 25, 2 * 27 + 15 : 2 * 27 + 25]
    assert set(np.unique(area.round(3))) == {0.6, 1.0}
    assert 0.1 < (area < 1).mean() < 0.25
    assert "Hatched is beyond the image's edge." in after.get_supxlabel().replace("\n", " ")
    with pytest.raises(ValueError, match=r"inside: expected shape \(3, 4, 5, 5\), one per pixel"):
        explain.plot_top_activations(PATCHES, inside=inside[0])


def test_no_more_than_16_channels():
    figure = explain.plot_top_activations(np.zeros((20, 2, 3, 3, 3)), channels=range(100, 120))
    names = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert names == [f"channel {number}" for number in range(100, 116)]
    assert "The first 16 of 20 channels." in figure.get_supxlabel().replace("\n", " ")
