import jax
import numpy as np
import pytest
from golden.make_captum import BASELINE, STEPS, TARGETS

from jaxcnn import explain

OPTIONS = {"baseline": BASELINE, "steps": STEPS}


@pytest.mark.thorough
def test_is_what_captum_says(model, images, assert_is_captums, compiled):
    found = compiled(explain.integrated_gradients, model, images, TARGETS, **OPTIONS)
    assert_is_captums("integrated_gradients", found)


@pytest.mark.thorough
def test_parts_sum_to_what_the_score_has_over_the_baseline(model, images):
    baseline = np.random.default_rng(0).random((6, 7, 2), np.float32)

    @jax.jit
    def numbers(images):
        parts = explain.integrated_gradients(model, images, baseline=baseline, steps=200)
        gap = explain.completeness_gap(model, images, parts, baseline=baseline)
        return parts.sum((1, 2, 3)), gap, model(images), model(baseline[None])

    sums, gap, logits, others = map(np.asarray, numbers(images))
    gained = (logits - others)[np.arange(2), logits.argmax(-1)]
    np.testing.assert_allclose(sums, gained, atol=2e-3)
    np.testing.assert_allclose(gap, sums - gained, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps: expected at least 1"),
        ({"baseline": np.zeros((7, 2), np.float32)}, r"an image \(6, 7, 2\), got shape \(7, 2\)"),
    ],
)
def test_bad_options(model, images, options, message):
    def run(images):
        return explain.integrated_gradients(model, images, **options)

    with pytest.raises(ValueError, match=message):
        jax.eval_shape(run, images)


def test_a_gap_of_other_images(model, images):
    with pytest.raises(ValueError, match="attributions: expected the shape of images"):
        explain.completeness_gap(model, images, images[:1])
