import jax.numpy as jnp
import numpy as np
import pytest
import small

from jaxcnn.data import Dataset
from jaxcnn.inference import Normalization


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_moments_are_numpys(dtype):
    data = small.dataset(channels=3)
    images = data.images / 255.0
    given = data.images if dtype == np.uint8 else images.astype(np.float32)
    data = Dataset(given, data.labels, data.class_names, "moments")
    found = Normalization.of(data)
    np.testing.assert_allclose(found.mean, images.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(found.std, images.std((0, 1, 2)), rtol=1e-5)


def test_normalized_training_images_have_mean_0_and_deviation_1():
    data = small.dataset(channels=3)
    outputs = np.asarray(Normalization.of(data)(jnp.asarray(data.images)))
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs.mean((0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(outputs.std((0, 1, 2)), 1, atol=1e-5)


def test_bytes_and_floats_of_the_same_image_agree():
    image = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    normalize = Normalization((0.3,), (0.2,))
    floats = jnp.asarray(image / 255, jnp.float32)
    bytes_ = jnp.asarray(image)
    np.testing.assert_allclose(normalize(bytes_), normalize(floats), rtol=1e-5, atol=1e-6)


def test_a_channel_that_never_varies_is_not_divided_by_zero():
    data = Dataset(np.full((2, 4, 4, 1), 7, np.uint8), [0, 1], ("a", "b"), "constant")
    assert Normalization.of(data).std == (1.0,)
