import jax
import numpy as np
import pytest
from golden.make_captum import TARGETS

from jaxcnn import explain
from jaxcnn.inference import Network, Normalization, functionalize


def test_is_what_captum_says(model, images, assert_is_captums, compiled):
    assert_is_captums("saliency", compiled(explain.saliency, model, images, TARGETS))


@pytest.mark.thorough
def test_of_no_target_is_that_of_the_most_probable_class(model, images):
    @jax.jit
    def both(images):
        classes = model(images).argmax(-1)
        return explain.saliency(model, images), explain.saliency(model, images, classes)

    np.testing.assert_array_equal(*both(images))


@pytest.mark.thorough
def test_of_a_trained_networks_pixels_is_by_their_share_of_255(model, images):
    mean, std = (0.5, 0.25), (0.2, 0.5)
    network = Network(*functionalize(model), Normalization(mean, std), (6, 7, 2), ("a", "b", "c"))
    pixels = np.random.default_rng(0).integers(0, 256, images.shape, np.uint8)
    normalized = (pixels / np.float32(255) - np.float32(mean)) / np.float32(std)

    @jax.jit
    def both(pixels, normalized):
        return explain.saliency(network, pixels, 1), explain.saliency(model, normalized, 1)

    found, expected = both(pixels, normalized)
    np.testing.assert_allclose(found, expected / np.float32(std), rtol=1e-4, atol=1e-6)
