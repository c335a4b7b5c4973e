import jax
import numpy as np
import pytest
from flax import nnx
from golden.make_captum import TARGETS

import jaxcnn
from jaxcnn import explain
from jaxcnn.training import Network
from jaxcnn.training._normalization import Normalization
from jaxcnn.training._pure import purify


def test_is_what_captum_says(model, images, captum, compiled):
    captum("saliency", compiled(explain.saliency, model, images, TARGETS))


def test_of_no_target_is_that_of_the_most_probable_class(model, images):
    @jax.jit
    def both(images):
        classes = model(images).argmax(-1)
        return explain.saliency(model, images), explain.saliency(model, images, classes)

    np.testing.assert_array_equal(*both(images))


def test_of_a_trained_networks_pixels_is_by_their_share_of_255(model, images):
    mean, std = (0.5, 0.25), (0.2, 0.5)
    network = Network(*purify(model), Normalization(mean, std), (6, 7, 2), ("a", "b", "c"))
    pixels = np.random.default_rng(0).integers(0, 256, images.shape, np.uint8)
    normalised = (pixels / np.float32(255) - np.float32(mean)) / np.float32(std)

    @jax.jit
    def both(pixels, normalised):
        return explain.saliency(network, pixels, 1), explain.saliency(model, normalised, 1)

    found, expected = both(pixels, normalised)
    np.testing.assert_allclose(found, expected / np.float32(std), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        (3, ValueError, "targets must be 0 to 2"),
        (jax.numpy.array([0, 3]), ValueError, "targets must be 0 to 2"),
        ([0, 1, 2], ValueError, "one for each of the 2 images"),
        (1.0, TypeError, "class numbers, integers, got float32"),
        (explain.Unit("conv2", 5), ValueError, "channel must be 0 to 4 in conv2, got 5"),
        (explain.Unit("conv3", 0), ValueError, "there is no layer 'conv3'"),
    ],
)
def test_targets_that_are_not_there(model, images, target, error, message):
    with pytest.raises(error, match=message):
        jax.eval_shape(lambda images: explain.saliency(model, images, target), images)


def test_a_network_without_classes(images):
    net = jaxcnn.Sequential([jaxcnn.Conv(2, 3)])
    model = jaxcnn.build(net, (6, 7, 2), rngs=nnx.Rngs(0))
    with pytest.raises(ValueError, match="one number a class"):
        jax.eval_shape(lambda images: explain.saliency(model, images), images)


@pytest.mark.parametrize("target", ["3", ["cat", "dog"], {}])
def test_a_target_that_is_no_number(small_model, target):
    with pytest.raises(TypeError, match=r"target must be a class number, .*, or a Unit, .*, got"):
        explain.saliency(small_model, np.ones((2, 4, 5, 2), np.float32), target)
