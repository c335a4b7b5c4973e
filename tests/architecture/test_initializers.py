import built
import numpy as np
import pytest

from jaxcnn import Conv, Dense
from jaxcnn.architecture import INITIALIZERS

# Published variances of the weights, here of a 3×3 convolution from 16 to 32 channels.
FAN_IN, FAN_OUT = 9 * 16, 9 * 32
VARIANCES = {
    "glorot_normal": 2 / (FAN_IN + FAN_OUT),
    "glorot_uniform": 2 / (FAN_IN + FAN_OUT),
    "he_normal": 2 / FAN_IN,
    "he_uniform": 2 / FAN_IN,
    "lecun_normal": 1 / FAN_IN,
    "lecun_uniform": 1 / FAN_IN,
    "zeros": 0.0,
}


def kernel(layer, input_shape):
    return np.asarray(built.module(layer, input_shape).kernel[...])


@pytest.mark.parametrize(("name", "variance"), VARIANCES.items())
def test_variance(name, variance):
    weights = kernel(Conv(32, 3, kernel_init=name), (8, 8, 16))
    np.testing.assert_allclose(weights.var(), variance, rtol=0.05)
    np.testing.assert_allclose(weights.mean(), 0, atol=0.01)
    if "uniform" in name:
        assert np.abs(weights).max() <= np.sqrt(3 * variance)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_every_name_builds_a_dense_layer(name):
    assert np.isfinite(kernel(Dense(6, kernel_init=name), (4,))).all()


def test_orthogonal():
    weights = kernel(Conv(5, 2, kernel_init="orthogonal"), (4, 4, 3)).reshape(12, 5)
    np.testing.assert_allclose(weights.T @ weights, np.eye(5), atol=1e-5)


@pytest.mark.parametrize(
    ("kernel_size", "padding"),
    [(3, "SAME"), ((4, 1), "SAME"), ((3, 2), "CIRCULAR")],
)
def test_dirac_passes_its_channels_through(kernel_size, padding):
    conv = Conv(8, kernel_size, padding=padding, kernel_init="dirac")
    images = np.random.default_rng(0).normal(size=(2, 6, 7, 3)).astype(np.float32)
    outputs = np.asarray(built.module(conv, (6, 7, 3))(images))
    np.testing.assert_allclose(outputs[..., :3], images, atol=1e-6)
    assert (np.abs(outputs[..., 3:]).max((0, 1, 2)) > 0.1).all()  # the others are random


def test_dirac_with_fewer_filters_than_channels_passes_the_first():
    images = np.random.default_rng(0).normal(size=(2, 6, 7, 5)).astype(np.float32)
    outputs = built.module(Conv(3, 3, kernel_init="dirac"), (6, 7, 5))(images)
    np.testing.assert_allclose(outputs, images[..., :3], atol=1e-6)
