import numpy as np
import pytest

from jaxcnn import explain

IMAGE = np.random.default_rng(0).integers(0, 256, (8, 10, 3), np.uint8)
BOX = explain.Box(start=(2, 4), stop=(5, 8))


def test_the_frame_is_the_box_and_the_rest_is_pale(draw):
    figure = draw(explain.plot_receptive_field(IMAGE, BOX, title="conv2 at (1, 2)"))
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


@pytest.mark.parametrize(
    ("image", "box", "message"),
    [
        (IMAGE[..., 0, 0], BOX, r"image must have shape \(H, W\) or .* got \(8,\)"),
        (IMAGE[:4], BOX, r"box must lie within the image, 4×10, .* got Box\(start=\(2, 4\)"),
        (IMAGE, explain.Box((2, 2), (2, 3)), "hold at least one pixel"),
        (IMAGE, explain.Box((2,), (3,)), "box must lie within the image"),
        (IMAGE, explain.Box((-1, 0), (3, 3)), "box must lie within the image"),
    ],
)
def test_errors(image, box, message):
    with pytest.raises(ValueError, match=message):
        explain.plot_receptive_field(image, box)
