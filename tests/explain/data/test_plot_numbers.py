from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from jaxcnn import explain

RNG = np.random.default_rng(0)


def numbers_in(axes):
    return [int(text.get_text()) for text in axes.texts]


def test_every_pixel_is_its_number(draw):
    image = RNG.integers(0, 256, (6, 9), np.uint8)
    figure = draw(explain.plot_numbers(image, title="a digit"))
    (axes,) = figure.axes
    assert figure.get_suptitle() == "a digit"
    assert numbers_in(axes) == image.ravel().tolist()
    assert "6×9 = 54 numbers from 0 (black) to 255 (white)" in figure.get_supxlabel()
    np.testing.assert_allclose(axes.images[0].get_array()[..., 1], image / 255)


def test_colours_are_three_grids():
    image = RNG.integers(0, 256, (4, 5, 3), np.uint8)
    figure = explain.plot_numbers(image / 255)
    assert [axes.get_title() for axes in figure.axes] == ["red", "green", "blue"]
    for channel, axes in enumerate(figure.axes):
        assert numbers_in(axes) == image[..., channel].ravel().tolist()
        shown = axes.images[0].get_array()
        np.testing.assert_allclose(shown[..., channel], image[..., channel] / 255)
        assert shown.sum() == pytest.approx(shown[..., channel].sum())
    assert "4×5×3 = 60 numbers" in figure.get_supxlabel()


def test_letters_stand_out_from_their_cells():
    axes = explain.plot_numbers([[0, 100, 150, 255]]).axes[0]
    assert [text.get_color() for text in axes.texts] == ["white", "white", "black", "black"]


def test_numbers_stay_within_their_cells():
    figure = explain.plot_numbers(np.full((1, 32), 255))
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    assert all(a.x1 < b.x0 for a, b in pairwise(boxes))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((33, 8), int), "at most 32 rows × 32 columns .* got 33×8; cut a piece"),
        (np.zeros((8, 11, 3), int), "at most 32 rows × 10 columns .* got 8×11"),
        (np.array([[-1, 256]]), "image must lie between 0 and 255; got -1 to 256"),
        (np.zeros(8), r"image must have shape \(H, W\)"),
    ],
)
def test_errors(image, message):
    with pytest.raises(ValueError, match=message):
        explain.plot_numbers(image)
