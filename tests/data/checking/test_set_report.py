import numpy as np
import pytest

from jaxcnn.data import channel_moments

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 3, 4, 2), dtype=np.uint8)


@pytest.mark.parametrize("images", [IMAGES, IMAGES / 255])
def test_moments_are_numpys(images):
    mean, std = channel_moments(images)
    np.testing.assert_allclose(mean, (IMAGES / 255).mean((0, 1, 2)))
    np.testing.assert_allclose(std, (IMAGES / 255).std((0, 1, 2)))


def test_a_channel_that_never_varies():
    mean, std = channel_moments(np.full((2, 3, 3, 1), 51, np.uint8))
    np.testing.assert_allclose(mean, [0.2])
    np.testing.assert_allclose(std, [0], atol=1e-8)
