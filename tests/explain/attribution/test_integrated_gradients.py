import jax
import numpy as np
import pytest
from golden.make_captum import BASELINE, STEPS, TARGETS

from jaxcnn import explain


def test_is_what_captum_says(model, images, captum):
    found = explain.integrated_gradients(model, images, TARGETS, baseline=BASELINE, steps=STEPS)
    captum("integrated_gradients", found)


def test_parts_sum_to_what_the_score_has_over_the_baseline(model, images):
    baseline = images[::-1]
    parts = explain.integrated_gradients(model, images, baseline=baseline, steps=200)
    gained = [
        row[row.argmax()] - other[row.argmax()]
        for row, other in zip(model(images), model(baseline), strict=True)
    ]
    np.testing.assert_allclose(parts.sum((1, 2, 3)), gained, atol=2e-3)
    gap = explain.completeness_gap(model, images, parts, baseline=baseline)
    np.testing.assert_allclose(gap, parts.sum((1, 2, 3)) - np.array(gained), atol=1e-6)


def test_gap_of_nothing_is_all_that_was_gained(model, images):
    gap = explain.completeness_gap(model, images, np.zeros_like(images), TARGETS)
    logits, dark = np.asarray(model(images)), np.asarray(model(np.zeros_like(images)))
    rows = np.arange(2)
    np.testing.assert_allclose(gap, (dark - logits)[rows, TARGETS], rtol=1e-5)


def test_baselines_are_a_number_or_an_image(model, images):
    def of(baseline):
        return explain.integrated_gradients(model, images, 0, baseline=baseline, steps=2)

    np.testing.assert_array_equal(of(0.5), of(np.full((6, 7, 2), 0.5, np.float32)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps must be at least 1"),
        ({"baseline": np.zeros((7, 2), np.float32)}, r"an image \(6, 7, 2\), got shape \(7, 2\)"),
    ],
)
def test_bad_options(model, images, options, message):
    def run(images):
        return explain.integrated_gradients(model, images, **options)

    with pytest.raises(ValueError, match=message):
        jax.eval_shape(run, images)


def test_a_gap_of_other_images(model, images):
    with pytest.raises(ValueError, match="attributions must have the shape of images"):
        explain.completeness_gap(model, images, images[:1])
