import io

import built
import jax
import numpy as np
import pytest
from golden import make_captum

import jaxcnn
from jaxcnn.models import load_torch_state_dict

NET = jaxcnn.Sequential(
    [
        jaxcnn.Conv(4, 3, name="conv1"),
        jaxcnn.BatchNorm(name="norm"),
        jaxcnn.Activation("relu", name="relu1"),
        jaxcnn.MaxPool(2, name="pool"),
        jaxcnn.Conv(5, 3, name="conv2"),
        jaxcnn.Activation("relu", name="relu2"),
        jaxcnn.GlobalAvgPool(name="mean"),
        jaxcnn.Dense(make_captum.NUM_CLASSES, name="out"),
    ]
)


@pytest.fixture(scope="session")
def model():
    """The network of the goldens."""
    return load_torch_state_dict(NET, make_captum.weights(), make_captum.INPUT_SHAPE)


@pytest.fixture(scope="session")
def images():
    return make_captum.images()


@pytest.fixture(scope="session")
def small_model():
    """A network of two arrays."""
    net = jaxcnn.Sequential(
        [
            jaxcnn.Conv(3, 3, use_bias=False, name="conv"),
            jaxcnn.Activation("relu", name="relu"),
            jaxcnn.Flatten(),
            jaxcnn.Dense(3, use_bias=False, name="out"),
        ]
    )
    return built.filled(net, (4, 5, 2))


@pytest.fixture
def assert_is_captums():
    """Asserts that attributions are what Captum says."""
    with np.load(make_captum.FILE) as file:
        golden = dict(file)

    def compare(name, attributions):
        assert attributions.shape == golden[name].shape
        np.testing.assert_allclose(attributions, golden[name], rtol=2e-4, atol=2e-6)

    return compare


@pytest.fixture
def compiled():
    """Calls a method as one compiled program, which takes less than its steps one by one."""

    def call(method, model, images, *target, **options):
        def run(model, images):
            return method(model, images, *target, **options)

        return jax.jit(run)(model, images)

    return call


@pytest.fixture
def draw():
    """Draws a figure for good: what cannot be laid out or drawn fails here."""

    def draw_figure(figure):
        figure.savefig(io.BytesIO(), format="png")
        return figure

    return draw_figure
