from itertools import combinations

import numpy as np
import pytest
from drawn_networks import NAMED, NARROWING, RESNET18, TEXT, VIDEO

from jaxcnn import explain
from jaxcnn.layers import ArchitectureError, Conv, Dense, Sequential
from jaxcnn.models import lenet5, resnet56, text_cnn


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("network", "input_shape"),
    [
        (lenet5(), (32, 32, 1)),
        (RESNET18, (224, 224, 3)),
        (resnet56(), (32, 32, 3)),
        (TEXT, (56, 300)),
        (text_cnn(), (64,)),
        (VIDEO, (8, 112, 112, 3)),
        (NARROWING, (96, 96, 3)),
        (NAMED, (32, 32, 3)),
        (Sequential([Dense(100), Dense(10)]), (784,)),
    ],
)  # fmt: skip
def test_no_text_lies_on_another_or_outside(network, input_shape, draw):
    figure = draw(explain.plot_architecture(network, input_shape, title="net"))
    (axes,) = figure.axes
    texts = [text for text in axes.texts if text.get_text()]
    extents = [text.get_window_extent() for text in texts]
    for (a, of_a), (b, of_b) in combinations(zip(texts, extents, strict=True), 2):
        assert not of_a.padded(-2).overlaps(of_b.padded(-2)), (a.get_text(), b.get_text())
    title, legend = figure.texts[0].get_window_extent(), axes.get_legend().get_window_extent()
    assert legend.y1 + figure.dpi / 20 < title.y0
    assert all(extent.y1 < legend.y0 for extent in extents)
    assert figure.bbox.x0 <= legend.x0 < legend.x1 <= figure.bbox.x1
    everything = figure.bbox
    assert all(everything.contains(*box.min) and everything.contains(*box.max) for box in extents)
    assert figure.get_figwidth() < 14.5


def test_what_is_written(draw):
    figure = draw(explain.plot_architecture(RESNET18, (224, 224, 3), title="resnet18"))
    (axes,) = figure.axes
    written = {text.get_text() for text in axes.texts}
    assert figure.get_suptitle() == "resnet18: 11.7 M parameters, 1.82 G MACs"
    assert {"224×224×3", "112×112×64", "layer4", "526 k parameters", "MaxPool\xa03×3/2"} <= written
    assert {line.replace("\xa0", " ") for line in written} >= {"2 × (Conv 3×3, 3×3)", "Dense"}
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [
        "input", "convolution", "block of layers", "pooling", "dense",
        "input added", "input projected, then added",
    ]  # fmt: skip


def test_names_stand_close_above_their_boxes(draw):
    figure = draw(explain.plot_architecture(NAMED, (32, 32, 3)))
    (axes,) = figure.axes
    names = {text.get_text(): text.get_window_extent() for text in axes.texts}
    boxes = [patch.get_window_extent() for patch in axes.patches]
    for name in ("stem", "down", "block", "classifier"):
        extent = names[name]
        below = [box.y1 for box in boxes if box.x0 < extent.x1 and extent.x0 < box.x1]
        assert 0 < extent.y0 - max(below) < figure.dpi / 5, name
    assert "dense" not in names


def test_higher_is_a_larger_picture_and_wider_more_channels(draw):
    network = Sequential([Conv(6, 5, padding="VALID"), Conv(16, 5, 2, padding="VALID")])
    (axes,) = draw(explain.plot_architecture(network, (32, 32, 1))).axes
    fronts = [patch.get_xy() for patch in axes.patches if hasattr(patch, "get_xy")][::3]
    width, height = np.ptp(fronts, axis=1).T
    assert height[0] > height[1] > height[2]
    assert width[0] < width[1] < width[2]
    np.testing.assert_allclose(height / height[0], np.sqrt(np.array([32, 28, 12]) / 32))


@pytest.mark.parametrize(
    ("network", "input_shape", "error", "message"),
    [
        ("lenet5", (32, 32, 1), TypeError, "architecture: expected a layer"),
        (lenet5(), (32, 32, 0), ValueError, "input_shape: expected positive"),
        (lenet5(), (4, 4, 1), ArchitectureError, r"layers\[0\] Conv 5×5 VALID: expected"),
    ],
)
def test_bad_input(network, input_shape, error, message):
    with pytest.raises(error, match=message):
        explain.plot_architecture(network, input_shape)
