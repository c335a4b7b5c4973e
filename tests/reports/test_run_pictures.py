"""What the pictures of a run say about gray images, and about the test set."""

import numpy as np
import pytest
from scipy.signal import correlate

from jaxcnn._support.arrays import are_gray
from jaxcnn.reports._run_pictures import as_seen, held_out_name
from jaxcnn.runs import SavedTestSet

RNG = np.random.default_rng(0)
GRAY = np.repeat(RNG.integers(0, 256, (3, 7, 7, 1), np.uint8), 3, axis=-1)
COLOR = RNG.integers(0, 256, (3, 7, 7, 3), np.uint8)
KERNEL = RNG.normal(size=(3, 3, 3, 2))


def saved(images):
    whole = np.arange(len(images))
    return SavedTestSet(whole, np.zeros((len(images), 2), np.float32), whole, whole, images)


def test_filters_over_gray_images_are_gray_and_respond_the_same():
    seen = as_seen(KERNEL, saved(GRAY))
    assert seen.shape == (3, 3, 1, 2)
    for image in GRAY:
        for number in range(2):
            before = correlate(image / 255, KERNEL[..., number], mode="valid")
            np.testing.assert_allclose(
                correlate(image[..., :1] / 255, seen[..., number], mode="valid"), before, rtol=1e-9
            )


@pytest.mark.parametrize("test", [None, saved(COLOR)])
def test_filters_over_colors_keep_them(test):
    assert as_seen(KERNEL, test) is KERNEL


def test_what_is_gray():
    assert are_gray(GRAY)
    assert are_gray(GRAY[..., :1])
    assert not are_gray(COLOR)
    assert not are_gray(np.zeros((2, 9, 1)))  # sounds


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"validation_fraction": None}, "test"),  # an experiment that holds nothing out
        ({"validation_fraction": 0.0}, "test"),
        ({"validation_fraction": 0.1}, "validation"),
        ({}, "validation"),  # a run of fit, whose caller said so
    ],
)
def test_what_is_evaluated_after_each_epoch_is_called_what_it_is(settings, name):
    assert held_out_name(settings) == name
