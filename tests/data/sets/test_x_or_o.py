from typing import Any

import numpy as np
import pytest

from jaxcnn.data import overlap, x_or_o, x_or_o_templates
from jaxcnn.data.sets.guide_images import guide_o, guide_x, naive_matcher

CLEAN: dict[str, Any] = {"shift": 0, "scale": 1, "rotate": 0, "deform": 0, "noise": 0}


def clean_but(**options) -> dict[str, Any]:
    return CLEAN | options


def naive_accuracy(**options):
    data = x_or_o(1, 400, **options).test
    return np.mean(naive_matcher(data.images, x_or_o_templates()) == data.labels)


def center_of_mass(images):
    weights = images[..., 0] / images.sum(axis=(1, 2, 3))[:, None, None]
    axis = np.arange(images.shape[1])
    return np.stack([(weights.sum(axis=2) @ axis), (weights.sum(axis=1) @ axis)])


def test_the_same_seed_gives_the_same_images():
    first, again, other = x_or_o(20, 10), x_or_o(20, 10), x_or_o(20, 10, seed=1)
    np.testing.assert_array_equal(first.train.images, again.train.images)
    np.testing.assert_array_equal(first.test.labels, again.test.labels)
    assert (first.train.images != other.train.images).any()
    assert overlap(*first).count == 0


@pytest.mark.parametrize(("n", "counts"), [(1, [1, 0]), (7, [4, 3]), (100, [50, 50])])
def test_half_of_the_images_are_of_each_class(n, counts):
    assert x_or_o(n, n).train.class_counts.tolist() == counts


def test_clean_images_are_the_templates():
    data = x_or_o(10, 10, **CLEAN).train
    np.testing.assert_array_equal(data.images, x_or_o_templates()[data.labels])


def test_a_small_template_is_the_guides_letter():
    ours = x_or_o_templates(9)[..., 0].reshape(2, -1)
    theirs = np.stack([guide_x(), guide_o()]).reshape(2, -1)
    likeness = np.corrcoef(np.concatenate([ours, theirs]))[:2, 2:]
    assert likeness.argmax(axis=1).tolist() == [0, 1]
    assert likeness.diagonal().min() > 0.6


@pytest.mark.parametrize(
    "options",
    [{"shift": 0.15}, {"scale": 0.5}, {"rotate": 45}, {"deform": 0.2}, {"noise": 0.1}],
    ids=lambda options: next(iter(options)),
)
def test_each_option_alone_changes_the_images(options):
    clean = x_or_o(50, 1, **CLEAN).train
    changed = x_or_o(50, 1, **clean_but(**options)).train
    differ = (clean.images != changed.images).any(axis=(1, 2, 3))
    assert differ[clean.labels == 0].mean() > 0.9  # a turned O is the same O


def test_a_shift_moves_the_letter_by_so_many_pixels():
    still = center_of_mass(x_or_o(200, 1, **CLEAN).train.images)
    moved = center_of_mass(x_or_o(200, 1, **clean_but(shift=0.125)).train.images)
    distance = np.abs(moved - still.mean())
    assert 3.5 < distance.max() < 4.1  # an eighth of 32


def test_scale_makes_letters_smaller_only():
    def width(images):
        columns = (images[..., 0] > 127).any(axis=1)
        return columns.sum(axis=1)

    full = width(x_or_o_templates())
    data = x_or_o(200, 1, **clean_but(scale=0.5)).train
    ratio = width(data.images) / full[data.labels]
    assert 0.4 < ratio.min() < 0.6
    assert 0.9 < ratio.max() <= 1


def test_noise_has_the_stated_deviation():
    data = x_or_o(200, 1, **clean_but(noise=0.1)).train
    difference = (data.images - x_or_o_templates()[data.labels].astype(float)) / 255
    on_black = difference[x_or_o_templates()[data.labels] == 0]
    # Below black there is nothing, so that half of the noise is clipped to 0.
    np.testing.assert_allclose(np.sqrt(2 * np.mean(on_black**2)), 0.1, rtol=0.02)


def test_the_naive_matcher_fails_only_where_letters_vary():  # guide row A3.18
    assert naive_accuracy(**CLEAN) == 1
    assert naive_accuracy() < 0.75


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_train": 0}, "n_train: expected at least 1, got 0"),
        ({"n_test": -1}, "n_test: expected at least 1, got -1"),
        ({"size": 0}, "size: expected at least 8, got 0"),
        ({"shift": 0.6}, "shift: expected 0 to 0.5, got 0.6"),
        ({"scale": 0}, "scale: expected 0.1 to 1, got 0"),
        ({"rotate": -1}, "rotate: expected 0 to 180, got -1"),
        ({"deform": 2}, "deform: expected 0 to 1, got 2"),
        ({"noise": float("nan")}, "noise: expected 0 to 1, got nan"),
    ],
)
def test_bad_options_are_told(options, message):
    with pytest.raises(ValueError, match=message):
        x_or_o(**options)
