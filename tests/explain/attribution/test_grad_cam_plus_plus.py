import built
import jax
import jax.numpy as jnp
import numpy as np

import jaxcnn
from jaxcnn import explain
from jaxcnn import functional as F


def test_is_the_closed_form_of_the_paper(compiled):
    net = jaxcnn.Sequential(
        [
            jaxcnn.Conv(3, 3),
            jaxcnn.Activation("relu", name="relu"),
            jaxcnn.Flatten(),
            jaxcnn.Dense(2),
        ]
    )
    model = built.filled(net, (4, 5, 2))
    images = jnp.asarray(np.random.default_rng(0).random((2, 4, 5, 2), np.float32))
    found = compiled(explain.grad_cam_plus_plus, model, images, 1)
    maps = np.asarray(jax.jit(lambda images: F.relu(model[0](images)))(images), np.float64)
    gradients = np.asarray(model[3].kernel[:, 1], np.float64).reshape(4, 5, 3)
    for image, map_of_image in zip(maps, found, strict=True):
        expected = np.zeros((4, 5))
        for channel in range(3):
            a, g = image[..., channel], gradients[..., channel]
            alpha = g**2 / (2 * g**2 + np.sum(a) * g**3)
            expected += np.sum(alpha * np.maximum(g, 0)) * a
        np.testing.assert_allclose(map_of_image, np.maximum(expected, 0), rtol=1e-4)
