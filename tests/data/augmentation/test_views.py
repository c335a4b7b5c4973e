import numpy as np
import pytest

from jaxcnn.data import View, apply_view, check_views, flip_and_shift_views, flip_views

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3), dtype=np.uint8)


@pytest.mark.parametrize("shift", [(0, 0), (1, -2), (-4, 3), (2, 6)])
@pytest.mark.parametrize("flip", [False, True])
def test_a_view_is_a_window_of_the_reflected_image(flip, shift):
    padded = np.pad(IMAGES, ((0, 0), (4, 4), (6, 6), (0, 0)), mode="reflect")
    top, left = 4 - shift[0], 6 - shift[1]
    expected = padded[:, top : top + 5, left : left + 7]
    expected = expected[:, :, ::-1] if flip else expected
    np.testing.assert_array_equal(apply_view(IMAGES, View(flip, shift)), expected)


def test_views_of_airbench():
    """Against its evaluation: two windows of the padded images, and all mirrored."""
    padded = np.pad(IMAGES, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    looks = [(IMAGES, 1 / 4), (padded[:, 2:7, 2:9], 1 / 8), (padded[:, 0:5, 0:7], 1 / 8)]
    expected = [(x[:, :, ::s], weight) for x, weight in looks for s in (1, -1)]
    views = flip_and_shift_views()
    assert len(views) == 6
    for view, (images, weight) in zip(views, expected, strict=True):
        np.testing.assert_array_equal(apply_view(IMAGES, view), images)
        assert view.weight == weight


def test_ready_views_are_fit():
    for views in (flip_views(), flip_and_shift_views(), flip_and_shift_views(3)):
        check_views(views)
    assert {view.shift for view in flip_and_shift_views(3)} == {(0, 0), (3, 3), (-3, -3)}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_views([]), ValueError, r"views: expected weights that sum to 1, got \[\]"),
        (lambda: check_views([View(), View()]), ValueError, "their sum is 2"),
        (lambda: check_views([1.0]), TypeError, "views: expected a sequence of View"),
        (lambda: View(flip=1), TypeError, "flip: expected True or False, got 1"),
        (lambda: View(shift=(1, 2, 3)), TypeError, r"shift: expected two whole numbers"),
        (lambda: View(shift=(1.0, 0)), TypeError, r"shift: .* got \(1.0, 0\)"),
        (lambda: View(weight=float("nan")), ValueError, "weight: expected at least 0"),
        (lambda: flip_and_shift_views(0), ValueError, "pixels: expected at least 1, got 0"),
        (lambda: flip_and_shift_views(1.0), TypeError, "pixels: expected an integer"),
        (lambda: apply_view(IMAGES[0], View(flip=True)), ValueError, "images: expected shape"),
        (lambda: apply_view(IMAGES, View(shift=(5, 0))), ValueError, r"shift: .* \(5, 7\)"),
    ],
)
def test_bad_input_is_told(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_unchanged_view_takes_all_inputs():
    tokens = np.arange(6).reshape(2, 3)
    np.testing.assert_array_equal(apply_view(tokens, View()), tokens)
