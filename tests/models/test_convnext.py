import pytest

from jaxcnn.models import convnext_tiny

IMAGE = (224, 224, 3)


def test_shapes():
    features = convnext_tiny().layers[0]
    assert list(dict.fromkeys(features.layer_shapes(IMAGE))) == [
        *(IMAGE, (56, 56, 96), (28, 28, 192), (14, 14, 384), (7, 7, 768)),
    ]
    small = convnext_tiny(patch_size=1).layers[0]
    assert small.output_shape((32, 32, 3)) == (4, 4, 768)


def test_blocks_are_left_out_the_more_the_later_they_come():  # torchvision's rates
    stages = convnext_tiny().layers[0].layers[1::2]
    rates = [block.layers[0].layers[-1].rate for stage in stages for block in stage.layers]
    assert rates == [pytest.approx(0.1 * number / 17) for number in range(18)]


def test_stages_without_a_width():
    with pytest.raises(ValueError, match=r"^depths: expected one per stage, as in widths"):
        convnext_tiny(widths=(8, 16))
