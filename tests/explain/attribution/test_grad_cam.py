import jax
import numpy as np
import pytest
from golden.make_captum import TARGETS

from jaxcnn import explain


def test_is_what_captum_says(model, images, captum):
    captum("grad_cam", explain.grad_cam(model, images, TARGETS))


def test_of_an_earlier_layer_by_its_formula(model, images):
    found = explain.grad_cam(model, images, 1, layer="relu1")  # of the size of the images
    gradients = jax.grad(lambda maps: _from_relu1(model, maps)[:, 1].sum())
    maps = explain.feature_maps(model, images, "relu1")
    weights = gradients(maps).mean((1, 2))
    expected = np.maximum(np.einsum("nhwc,nc->nhw", maps, weights), 0)
    assert expected.any()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_without_a_layer_is_of_the_last_with_several_places(model, images):
    np.testing.assert_array_equal(
        explain.grad_cam(model, images, 1), explain.grad_cam(model, images, 1, layer="relu2")
    )


@pytest.mark.parametrize("layer", ["mean", "out"])
def test_a_layer_without_places(model, images, layer):
    message = f"spatial axes, such as 'relu2', got '{layer}'"
    with pytest.raises(ValueError, match=message):
        explain.grad_cam(model, images, 1, layer=layer)


def _from_relu1(model, maps):
    for layer in ("pool", "conv2", "relu2", "mean", "out"):
        maps = model[layer](maps)
    return maps
