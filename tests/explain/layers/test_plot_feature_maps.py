import numpy as np
import pytest

from jaxcnn import explain
from jaxcnn.explain.drawing._mosaic import middles, pitch

RNG = np.random.default_rng(0)


def test_all_channels_have_one_symmetric_scale(draw):  # guide row A7.2
    maps = RNG.normal(size=(6, 6, 12))
    maps[..., 3] = 0
    image = RNG.integers(0, 256, (12, 12, 1), np.uint8)
    figure = draw(explain.plot_feature_maps(maps, image=image, title="conv1 of mine"))
    beside, axes, bar = figure.axes
    assert figure.get_suptitle() == "conv1 of mine"
    assert beside.get_title() == "the image"
    limit = np.abs(maps).max()
    assert axes.images[0].get_clim() == pytest.approx((-limit, limit))
    assert bar.get_ylim() == pytest.approx((maps.min(), maps.max()))
    assert bar.get_ylabel() == "activation"
    caption = figure.get_supxlabel().replace("\n", " ")
    assert caption.startswith("n = 12 maps of 6×6. 1 of them is 0 everywhere. Gray is 0,")


def test_tiles_are_the_channels_in_order():
    maps = np.arange(12.0) * np.ones((6, 6, 1))
    axes = explain.plot_feature_maps(maps).axes[0]
    down, right = pitch(6, 6)
    centres = np.ix_(middles(3, down).astype(int), middles(4, right).astype(int))
    np.testing.assert_array_equal(
        axes.images[0].get_array()[centres], np.arange(12.0).reshape(3, 4)
    )
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


def test_no_more_than_64():
    figure = explain.plot_feature_maps(np.zeros((2, 2, 70)))
    assert "n = 70 maps of 2×2, the first 64 shown. 70 of them" in figure.get_supxlabel().replace(
        "\n", " "
    )
    assert figure.axes[0].get_yticklabels()[-1].get_text() == "56–63"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((1, 4, 4, 2)),), r"maps must have shape .*, of one image, .* got \(1, 4, 4, 2"),
        ((np.zeros((4, 4, 0)),), r"none 0; got \(4, 4, 0\)"),
        ((np.full((4, 4, 2), np.inf),), "maps must be finite; got NaN or infinite"),
        ((np.zeros((4, 4, 2)), np.zeros(4)), r"image must have shape .* got \(4,\)"),
        ((np.zeros((4, 4, 2)), np.full((4, 4), 2.0)), "images in floating point must lie between"),
    ],
)
def test_errors(arguments, message):
    maps, image = (*arguments, None)[:2]
    with pytest.raises(ValueError, match=message):
        explain.plot_feature_maps(maps, image=image)


@pytest.mark.parametrize(
    ("channels", "names", "message"),
    [
        (3, ["a", "b"], "names must name each of the 3 channels; got 2"),
        (7, list("abcdefg"), "names must be of at most 6 channels; got 7"),
    ],
)
def test_errors_of_names(channels, names, message):
    with pytest.raises(ValueError, match=message):
        explain.plot_feature_maps(np.zeros((4, 4, channels)), names=names)
