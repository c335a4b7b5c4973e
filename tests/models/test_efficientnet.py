import pytest

from jaxcnn.models import efficientnet_b0

IMAGE = (224, 224, 3)


def test_shapes():
    features = efficientnet_b0().layers[0]
    assert features.layer_shapes(IMAGE) == [
        *(IMAGE, (112, 112, 32), (112, 112, 16), (56, 56, 24), (28, 28, 40)),
        *((14, 14, 80), (14, 14, 112), (7, 7, 192), (7, 7, 320), (7, 7, 1280)),
    ]


def test_small_pictures_are_not_halved_at_once():
    assert efficientnet_b0(stem="small").layers[0].output_shape((32, 32, 3)) == (2, 2, 1280)


def test_blocks_are_left_out_the_more_the_later_they_come():
    """Torchvision's rates: 0.2 times the block's number, of 16; residual blocks alone have one."""
    stages = efficientnet_b0().layers[0].layers[1:-1]
    blocks = [block.layers[0] for stage in stages for block in stage.layers]
    rates = [getattr(block.layers[-1], "rate", None) for block in blocks]
    residual = [2, 4, 6, 7, 9, 10, 12, 13, 14]
    assert rates == [pytest.approx(0.2 * i / 16) if i in residual else None for i in range(16)]
