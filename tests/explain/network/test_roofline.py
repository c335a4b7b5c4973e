from dataclasses import replace
from itertools import combinations

import pytest

import jaxcnn
from jaxcnn import explain
from jaxcnn.profiling import LayerTime, Limits, Profile


def made_up(layers: list) -> Profile:
    """Each layer takes as many µs as its place in the network."""
    table = jaxcnn.summary(jaxcnn.Sequential(layers), (8, 8, 4))
    times = [
        LayerTime(row, type(layer).__name__, number * 1e-6)
        for number, (row, layer) in enumerate(zip(table.rows, layers, strict=True), start=1)
    ]
    return Profile(table, tuple(times), Limits(40e9, 10e9), "toaster", True, 5, 2e-5, 1e-8, 0.5)


def test_what_is_drawn_is_the_profile():
    layers = [
        jaxcnn.Conv(4, 3), jaxcnn.Activation("relu"), jaxcnn.Conv(4, 3),
        jaxcnn.Flatten(), jaxcnn.Dense(10),
    ]  # fmt: skip
    profile = made_up(layers)
    figure = explain.plot_roofline(profile, title="net")
    (axes,) = figure.axes
    convolution, dense = axes.collections
    # Two convolutions of 18,432 FLOPs in 1 + 3 µs are one point; a byte is counted once.
    assert convolution.get_offsets().tolist() == [
        pytest.approx([18432 / (4 * (256 + 256 + 148)), 2 * 18432 / 4e-6 / 1e9])
    ]
    assert dense.get_offsets().tolist() == [
        pytest.approx([5120 / (4 * (256 + 10 + 2570)), 5120 / 5e-6 / 1e9])
    ]
    roof, whole = axes.lines
    assert roof.get_ydata()[1:].tolist() == [40, 40]
    assert roof.get_xdata()[1] == 4
    assert whole.get_ydata() == pytest.approx([(2 * 18432 + 5120) / 2e-5 / 1e9] * 2)
    texts = "\n".join(text.get_text() for text in axes.texts)
    assert "1   33.3%   Dense to 10" in texts
    assert "2   26.7%   2 × Conv 3×3 SAME to 8×8×4" in texts
    assert figure.get_suptitle() == "net: training step, batch of 1, float32, on toaster"
    assert "(40% of the time) are not shown" in figure.get_supxlabel().replace("\n", " ")


def test_nothing_to_draw():
    profile = made_up([jaxcnn.Flatten()])
    with pytest.raises(ValueError, match="profile: expected layers with multiplications"):
        explain.plot_roofline(profile)
    with pytest.raises(ValueError, match="profile: expected"):
        explain.plot_roofline(replace(profile, layers=()))


@pytest.mark.thorough
def test_numbers_of_layers_in_one_place_are_apart(draw):
    # Kernels of as many weights and equal times: nothing that is plotted differs.
    profile = made_up([jaxcnn.Conv(4, shape) for shape in [(3, 5), (5, 3), (1, 15), (15, 1)]])
    same = tuple(replace(layer, seconds=1e-6) for layer in profile.layers)
    (axes,) = draw(explain.plot_roofline(replace(profile, layers=same))).axes
    (points,) = axes.collections
    assert len({tuple(offset) for offset in points.get_offsets().tolist()}) == 1
    texts = [text for text in axes.texts if text.get_text() in "1234"]
    assert len(texts) == 4
    for a, b in combinations([text.get_window_extent() for text in texts], 2):
        assert not a.padded(-1).overlaps(b.padded(-1))
