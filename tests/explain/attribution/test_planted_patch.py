"""A network whose answer is known: it fires where a whole patch is bright, and on nothing else."""

import built
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcnn
from jaxcnn import explain

SIDE, PLACE = 3, (3, 4)


@pytest.fixture(scope="module")
def detector():
    net = jaxcnn.Sequential(
        [jaxcnn.Conv(1, SIDE, padding="VALID"), jaxcnn.Activation("relu"), jaxcnn.GlobalMaxPool()]
    )
    model = built.filled(net, (10, 10, 1))
    model[0].kernel[...] = jnp.ones((SIDE, SIDE, 1, 1))
    model[0].bias[...] = jnp.array([1 - SIDE**2.0])
    return model


@pytest.fixture(scope="module")
def image():
    """Sparse bright pixels, and the patch."""
    image = np.zeros((1, 10, 10, 1), np.float32)
    image[0, ::3, 1::4] = 0.8
    row, column = PLACE
    image[0, row : row + SIDE, column : column + SIDE] = 1
    return image


@pytest.mark.thorough
@pytest.mark.parametrize(
    "method",
    [
        explain.saliency,
        explain.integrated_gradients,
        explain.guided_backprop,
        explain.deconvnet,
        explain.occlusion,
    ],
)
def test_all_methods_point_at_the_patch(method, detector, image, compiled):
    assert detector(image) == 1
    found = np.asarray(compiled(method, detector, image, 0)).reshape(10, 10)
    row, column = PLACE
    patch = np.zeros((10, 10), bool)
    patch[row : row + SIDE, column : column + SIDE] = True
    assert found[patch].min() > found[~patch].max()
    assert found[row + 1, column + 1] == found.max()
