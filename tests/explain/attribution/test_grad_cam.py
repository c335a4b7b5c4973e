import pytest
from golden.make_captum import TARGETS

from jaxcnn import explain


def test_is_what_captum_says(model, images, assert_is_captums, compiled):
    assert_is_captums("grad_cam", compiled(explain.grad_cam, model, images, TARGETS, layer="relu2"))


@pytest.mark.parametrize("layer", ["mean", "out"])
def test_a_layer_without_places(model, images, layer):
    message = f"spatial axes, such as 'relu2', got '{layer}'"
    with pytest.raises(ValueError, match=message):
        explain.grad_cam(model, images, 1, layer=layer)
