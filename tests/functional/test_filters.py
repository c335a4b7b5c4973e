import jax.numpy as jnp
import numpy as np
import pytest
from arrays import normal
from scipy import ndimage

from jaxcnn import functional as F
from jaxcnn.data.sets.guide_images import guide_x
from jaxcnn.functional import filters


def response(image, kernel):
    return np.asarray(F.conv(jnp.asarray(image, jnp.float32)[..., None], kernel, padding="VALID"))


def test_each_line_is_found_by_its_own_filter():  # guide row A2.12
    stripes = np.full((4, 3, 3), -1.0)
    stripes[0, 1], stripes[1, :, 1] = 1, 1
    stripes[2][np.eye(3, dtype=bool)] = stripes[3][np.eye(3, dtype=bool)[::-1]] = 1
    answers = np.stack([response(stripe, filters.line_bank())[0, 0] for stripe in stripes])
    np.testing.assert_array_equal(np.diag(answers), 9)
    assert (answers[~np.eye(4, dtype=bool)] < 9).all()
    assert filters.LINE_NAMES == ("horizontal", "vertical", "diagonal", "anti-diagonal")


def test_an_x_has_diagonals_and_neither_horizontal_nor_vertical_lines():  # guide row A2.12
    full = (response(guide_x(), filters.line_bank()) == 9).sum(axis=(0, 1))
    assert full.tolist() == [0, 0, 4, 4]


def test_sobel_is_that_of_scipy():  # guide row A2.13
    image = normal(7, 6)
    expected = [ndimage.sobel(image, axis)[1:-1, 1:-1] for axis in (0, 1)]
    found = response(image, filters.sobel())
    np.testing.assert_allclose(found, np.stack(expected, -1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("orientations", [4, 6])
def test_gabor_filters_answer_to_their_own_orientation(orientations):  # guide row A2.13
    kernel = filters.gabor_bank(orientations, size=15)
    y, x = np.mgrid[:15, :15] - 7
    angles = np.pi * np.arange(orientations) / orientations
    # Seen with y upwards, a stripe at an angle runs along (cos, sin).
    across = np.sin(angles) * x[..., None] + np.cos(angles) * y[..., None]
    gratings = np.moveaxis(np.cos(2 * np.pi * across / 6), -1, 0)
    answers = np.stack([response(grating, kernel)[0, 0] for grating in gratings])
    np.testing.assert_array_equal(answers.argmax(axis=1), np.arange(orientations))
    assert (answers.max(axis=1) > 2 * np.sort(answers, axis=1)[:, -2]).all()


def test_gabor_filters_are_balanced_and_normed():
    kernel = np.asarray(filters.gabor_bank(4, size=9, wavelength=4, aspect=1))
    np.testing.assert_allclose(kernel.sum(axis=(0, 1, 2)), 0, atol=1e-6)
    np.testing.assert_allclose((kernel**2).sum(axis=(0, 1, 2)), 1, atol=1e-6)
    np.testing.assert_allclose(np.rot90(kernel[..., 0]), kernel[..., 2], atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"orientations": 0}, "orientations: expected at least 1, got 0"),
        ({"size": 4}, "size: expected an odd number of at least 3, got 4"),
        ({"wavelength": 1.5}, "wavelength: expected at least 2 pixels, got 1.5"),
        ({"aspect": 0}, "aspect: expected a positive number, got 0"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        filters.gabor_bank(**arguments)
