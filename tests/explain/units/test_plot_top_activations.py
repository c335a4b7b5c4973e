import numpy as np
import pytest

from jaxcnn import explain
from jaxcnn.explain.drawing._mosaic import middles, pitch

PATCHES = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 5, 1), np.uint8)
VALUES = np.array([[4.0, 3, 2, 1.5], [1, 0, 0, -1], [9, 8, 8, 8]])


def test_rows_are_channels(draw):
    figure = draw(explain.plot_top_activations(PATCHES, values=VALUES, title="conv2"))
    (axes,) = figure.axes
    assert figure.get_suptitle() == "conv2"
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        "channel 0\n4 to 1.5",
        "channel 1\n1 to −1",
        "channel 2\n9 to 8",
    ]
    down, right = pitch(5, 5)
    centres = np.ix_(middles(3, down).astype(int), middles(4, right).astype(int))
    shown = axes.images[0].get_array()[centres][..., 0]
    np.testing.assert_allclose(shown, PATCHES[:, :, 2, 2, 0] / 255, atol=1e-6)
    assert "Each row: the 4 images of the set" in figure.get_supxlabel()


def test_no_more_than_16_channels():
    figure = explain.plot_top_activations(np.zeros((20, 2, 3, 3, 3)), channels=range(100, 120))
    names = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert names == [f"channel {number}" for number in range(100, 116)]
    assert "The first 16 of 20 channels." in figure.get_supxlabel().replace("\n", " ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patches": PATCHES[0]}, r"patches must have shape \(channels, .* got \(4, 5, 5, 1\)"),
        ({"patches": PATCHES * 2.0}, "images in floating point must lie between 0 and 1"),
        ({"patches": np.zeros((16, 17, 2, 2, 1))}, "patches must be at most 16 a channel; got 17"),
        ({"channels": [1]}, "channels must name each of the 3 channels; got 1"),
        ({"values": VALUES[0]}, r"values must have shape \(3, 4\), one a patch; got \(4,\)"),
    ],
)
def test_errors(change, message):
    with pytest.raises(ValueError, match=message):
        explain.plot_top_activations(**({"patches": PATCHES} | change))
