import numpy as np
import pytest
from sklearn.datasets import load_digits

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


def test_colours_stand_one_below_the_other():
    hot_pink = np.array([[[255, 105, 180]]], np.uint8)
    assert as_numbers(hot_pink) == "red\n255\n\ngreen\n105\n\nblue\n180"


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros(3), ValueError, r"image must have shape \(H, W\), .* got \(3,\)"),
        (np.zeros((2, 2, 4)), ValueError, r"got \(2, 2, 4\)"),
        (np.zeros((0, 2)), ValueError, r"none 0; got \(0, 2\)"),
        (np.full((2, 2), 1.5), ValueError, r"between 0 and 1, as pixels .* got 1.5 to 1.5"),
        (np.full((2, 2), np.nan), ValueError, "got nan to nan"),
        (np.zeros((2, 2), bool), TypeError, "must be integers or floating point; got bool"),
    ],
)
def test_errors(image, error, message):
    with pytest.raises(error, match=message):
        as_numbers(image)
