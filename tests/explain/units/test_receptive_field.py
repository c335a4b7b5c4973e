import functools
import itertools

import built
import jax
import numpy as np
import pytest

import jaxcnn as J
from jaxcnn import explain
from jaxcnn.explain import Unit, receptive_box

SHAPE = (9, 8, 1)
PLAIN = J.Sequential(
    [J.Conv(1, 3, 2, name="stem"), J.Conv(2, 2, 1, ((2, 0), (0, 1)), (1, 2)), J.AvgPool(2)]
)
CIRCULAR = J.Sequential([J.Conv(1, 3, padding="CIRCULAR"), J.Conv(2, 3, name="end")])
BRANCHES = J.Sequential(
    [
        J.Residual([J.Conv(1, 3), J.Conv(1, 3)]),
        J.Parallel([J.SeparableConv(2, 3), J.Conv(1, (1, 5))], "concat", name="both"),
        J.AvgPool(3, strides=2, padding=1),
        J.AdaptiveAvgPool(2),
        J.Flatten(),
        J.Dense(2),
    ]
)


@functools.cache
def slopes_of(net):
    """The gradient of every unit of every layer with respect to an image."""
    model = built.filled(net, SHAPE)
    layers = explain.layer_names(model)

    def maps(image):
        maps = explain.feature_maps(model, image[None], layers)
        return [maps[layer][0] for layer in layers]

    slopes = jax.jit(jax.jacrev(maps))(np.ones(SHAPE, np.float32))
    return {layer: np.asarray(of)[..., 0] for layer, of in zip(layers, slopes, strict=True)}


@pytest.mark.thorough
@pytest.mark.parametrize("net", [PLAIN, CIRCULAR, BRANCHES])
def test_no_pixel_outside_matters(net):  # guide row A7.6
    for layer, slopes in slopes_of(net).items():
        for place in itertools.product(*map(range, slopes.shape[:-2])):
            box = receptive_box(net, SHAPE, Unit(layer, place[-1], place[:-1]))
            outside = slopes[place].copy()
            outside[box.slices] = 0
            assert not outside.any(), (layer, place, box)


def test_it_is_no_larger_than_it_must_be():
    for layer, slopes in slopes_of(PLAIN).items():
        place = (*(size // 2 for size in slopes.shape[:-3]), 0)
        seen = np.argwhere(slopes[place])
        box = receptive_box(PLAIN, SHAPE, Unit(layer, 0, place[:-1]))
        assert box == (tuple(seen.min(0)), tuple(seen.max(0) + 1))


def test_at_the_edges():
    assert receptive_box(PLAIN, SHAPE, Unit("stem", 0, (0, 0))) == ((0, 0), (2, 3))
    assert receptive_box(CIRCULAR, SHAPE, Unit("0", 0, (4, 7))) == ((3, 0), (6, 8))
    assert receptive_box(BRANCHES, SHAPE, Unit("5", 1)) == ((0, 0), (9, 8))


def test_a_container_sees_what_its_last_layer_does():
    inner = J.Sequential([J.Conv(1, 3), J.Conv(1, 3)], name="inner")
    net = J.Sequential([inner, J.Conv(1, 3)])
    assert receptive_box(net, SHAPE, Unit("inner", 0, (4, 4))) == ((2, 2), (7, 7))
    assert receptive_box(net, SHAPE, Unit("layers.inner.layers.0", 0, (4, 4))) == ((3, 3), (6, 6))


@pytest.mark.parametrize(
    ("unit", "message"),
    [
        (Unit("nothing", 0), r"got 'nothing' \(there are 'stem', '1', '2'"),
        (Unit("stem", 0), r"unit: expected a position within the outputs of stem, \(5, 4\)"),
        (Unit("stem", 1, (0, 0)), "channel: expected 0 to 0 in stem, got 1"),
        (Unit("stem", 0, (0, 4)), r"position: expected one within the outputs of stem, \(5, 4\)"),
    ],
)
def test_units_that_are_not_there(unit, message):
    with pytest.raises(ValueError, match=message):
        receptive_box(PLAIN, SHAPE, unit)


def test_a_layers_name_is_no_unit():
    with pytest.raises(TypeError, match=r"unit: expected a Unit, .*, got '3'"):
        receptive_box(PLAIN, SHAPE, "3")


IMAGE = np.random.default_rng(0).integers(0, 256, (8, 10, 3), np.uint8)
BOX = explain.Box(start=(2, 4), stop=(5, 8))


def test_the_frame_is_the_box_and_the_rest_is_pale():
    figure = explain.plot_receptive_field(IMAGE, BOX, title="conv2 at (1, 2)")
    (axes,) = figure.axes
    assert figure.get_suptitle() == "conv2 at (1, 2)"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("column", "row")
    for frame in axes.patches:
        assert (*frame.get_xy(), frame.get_width(), frame.get_height()) == (3.5, 1.5, 4, 3)
    shown = axes.images[0].get_array()
    np.testing.assert_allclose(shown[2:5, 4:8], IMAGE[2:5, 4:8] / 255, atol=1e-6)
    outside = np.ones((8, 10), bool)
    outside[2:5, 4:8] = False
    assert shown[outside].min() >= 0.65
    assert (
        figure.get_supxlabel()
        .replace("\n", " ")
        .startswith("Within the frame: rows 2 to 4 and columns 4 to 7, 3×4 of 8×10 pixels (15.0%).")
    )
