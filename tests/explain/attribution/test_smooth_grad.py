from functools import partial

import built
import jax
import numpy as np
import pytest
from golden.make_captum import TARGETS
from scipy.stats import norm

import jaxcnn
from jaxcnn import explain

KEY = jax.random.key(0)


@pytest.mark.thorough
def test_without_noise_is_saliency(model, images, assert_is_captums, compiled):
    smooth = compiled(explain.smooth_grad, model, images, TARGETS, key=KEY, noise=0, samples=3)
    assert_is_captums("saliency", smooth)


def test_noise_is_a_share_of_each_images_range(compiled):
    # The gradient of a sum of ReLUs is 1 where a pixel is positive. So its mean is the
    # probability of that.
    net = jaxcnn.Sequential([jaxcnn.Activation("relu"), jaxcnn.Flatten(), jaxcnn.Dense(1)])
    model = built.filled(net, (2, 3, 1), 1, 1)
    pixels = np.array([[-2.0, -0.5, 0.0], [0.5, 1.0, 2.0]])
    images = np.stack([pixels, 3 * pixels]).astype(np.float32)[..., None]
    smooth = compiled(explain.smooth_grad, model, images, 0, key=KEY, noise=0.25, samples=1000)
    expected = norm.cdf(pixels)  # the range is 4, a quarter of it is 1
    np.testing.assert_allclose(smooth[..., 0], [expected, expected], atol=0.06)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 0}, "samples: expected at least 1"),
        ({"noise": -1.0}, "noise: expected a finite number"),
    ],
)
def test_bad_options(model, images, options, message):
    with pytest.raises(ValueError, match=message):
        jax.eval_shape(partial(explain.smooth_grad, model, key=KEY, **options), images)
