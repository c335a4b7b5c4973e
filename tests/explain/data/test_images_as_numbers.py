from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from sklearn.datasets import load_digits

from jaxcnn import explain
from jaxcnn.explain import as_numbers

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(20, 20), (3, 5, 1), (1, 1)])
def test_rows_of_integers_that_read_back_as_the_image(shape):
    image = RNG.integers(0, 256, shape, np.uint8)
    rows = [list(map(int, line.split())) for line in as_numbers(image).splitlines()]
    np.testing.assert_array_equal(rows, image.reshape(shape[:2]))


def test_a_20_by_20_image_is_20_rows_of_20_aligned_integers():  # guide row A1.6
    digit = np.kron(load_digits().images[3], np.ones((3, 3)))[:20, :20].astype(int)
    lines = as_numbers(digit).splitlines()
    assert len(lines) == 20
    assert {len(line) for line in lines} == {20 * 2 + 19}
    assert {len(line.split()) for line in lines} == {20}


def test_floats_are_the_pixels_they_came_from():
    image = RNG.integers(0, 256, (4, 4), np.uint8)
    assert as_numbers((image / 255).astype(np.float32)) == as_numbers(image)


def test_colors_stand_one_below_the_other():
    hot_pink = np.array([[[255, 105, 180]]], np.uint8)
    assert as_numbers(hot_pink) == "red\n255\n\ngreen\n105\n\nblue\n180"


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros(3), ValueError, r"image: expected shape \(H, W\), .* got \(3,\)"),
        (np.zeros((2, 2, 4)), ValueError, r"got \(2, 2, 4\)"),
        (np.zeros((0, 2)), ValueError, r"none 0, got \(0, 2\)"),
        (np.full((2, 2), 1.5), ValueError, r"image: expected floats from 0 to 1, got 1.5 to 1.5"),
        (np.full((2, 2), np.nan), ValueError, "got nan to nan"),
        (np.zeros((2, 2), bool), TypeError, "expected integers or floating point, got bool"),
    ],
)
def test_what_is_no_image(image, error, message):
    with pytest.raises(error, match=message):
        as_numbers(image)


def numbers_in(axes):
    return [int(text.get_text()) for text in axes.texts]


def test_every_pixel_is_its_number():
    image = RNG.integers(0, 256, (6, 9), np.uint8)
    figure = explain.plot_numbers(image, title="a digit")
    (axes,) = figure.axes
    assert figure.get_suptitle() == "a digit"
    assert numbers_in(axes) == image.ravel().tolist()
    assert "6×9 = 54 numbers from 0 (black) to 255 (white)" in figure.get_supxlabel()
    np.testing.assert_allclose(axes.images[0].get_array()[..., 1], image / 255)


def test_colors_are_three_grids():
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


COLOUR = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
GRAY = np.linspace(0, 1, 9).reshape(3, 3, 1)


def test_each_image_stands_under_its_name():
    figure = explain.plot_images([COLOUR, GRAY], ["a", "$b"], title="Two", caption="small")
    assert [axes.get_title() for axes in figure.axes] == ["a", r"\$b"]
    assert (figure.get_suptitle(), figure.get_supxlabel()) == ("Two", "small")
    color, gray = (axes.images[0].get_array() for axes in figure.axes)
    np.testing.assert_allclose(color, COLOUR / 255, atol=1e-6)
    np.testing.assert_allclose(gray, np.repeat(GRAY, 3, axis=-1), atol=1e-6)
