import built
import jax
import numpy as np
import pytest
from golden.make_captum import TARGETS

import jaxcnn
from jaxcnn import explain
from jaxcnn import functional as F
from jaxcnn.explain import NoSpatialLayerError, Unit, grad_cam


@pytest.mark.thorough
def test_is_what_captum_says(model, images, assert_is_captums, compiled):
    assert_is_captums("grad_cam", compiled(explain.grad_cam, model, images, TARGETS, layer="relu2"))


@pytest.mark.parametrize("layer", ["mean", "out"])
def test_a_layer_without_places(model, images, layer):
    message = rf"spatial axes, got '{layer}' .*\(such as 'relu2'\)"
    with pytest.raises(ValueError, match=message):
        explain.grad_cam(model, images, 1, layer=layer)


@pytest.mark.thorough
def test_grad_cam_plus_plus_is_the_closed_form_of_the_paper(compiled):
    net = jaxcnn.Sequential(
        [
            jaxcnn.Conv(3, 3),
            jaxcnn.Activation("relu", name="relu"),
            jaxcnn.Flatten(),
            jaxcnn.Dense(2),
        ]
    )
    model = built.filled(net, (4, 5, 2))
    images = np.random.default_rng(0).random((2, 4, 5, 2), np.float32)
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


NET = jaxcnn.Sequential(
    [
        jaxcnn.Conv(2, 3, name="stem"),
        jaxcnn.Residual([jaxcnn.Conv(2, 3, name="inner")], name="block"),
        jaxcnn.Dropout(0.5, name="drop"),
        jaxcnn.GlobalAvgPool(name="mean"),
        jaxcnn.Dense(2, name="out"),
    ]
)


@pytest.fixture(scope="module")
def named():
    """A network, its layers in the order in which they are called, and images."""
    model = built.filled(NET, (4, 4, 1))
    return model, np.random.default_rng(0).random((1, 4, 4, 1), np.float32)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("target", "layer"),
    [
        (0, "drop"),
        (Unit("mean", 0), "drop"),
        (Unit("drop", 0), "block"),
        (Unit("block", 0), "block.inner"),
        (Unit("block.inner", 0), "stem"),
    ],
)
def test_is_the_last_before_the_target(named, target, layer):
    found, expected = grad_cam(*named, target), grad_cam(*named, target, layer=layer)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("target", "layer", "message"),
    [
        (Unit("stem", 0), None, "model: expected a layer whose output has spatial axes"),
        (Unit("block.inner", 0), "drop", "layer: expected one before the target, got 'drop'"),
        (0, "mean", r"got 'mean' .*\(such as 'drop'\)"),
        (0, "nothing", "layer: expected the name of a layer, got 'nothing'"),
    ],
)
def test_layers_that_will_not_do(named, target, layer, message):
    with pytest.raises(ValueError, match=message) as caught:
        grad_cam(*named, target, layer=layer)
    assert isinstance(caught.value, NoSpatialLayerError) == message.startswith("model")
