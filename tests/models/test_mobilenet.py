import pytest

import jaxcnn
from jaxcnn.architecture import walk
from jaxcnn.models import mobilenet_v2

IMAGE = (224, 224, 3)


@pytest.mark.parametrize(
    ("width", "parameters"),  # torchvision 0.29: mobilenet_v2(width_mult=width)
    [(1.0, 3_504_872), (0.35, 1_677_128), (0.5, 1_968_680), (1.4, 6_108_776)],
)
def test_parameters(width, parameters):
    assert mobilenet_v2(width=width).costs(IMAGE).parameters == parameters


def test_shapes():
    features = mobilenet_v2().layers[0]
    assert list(dict.fromkeys(features.layer_shapes(IMAGE))) == [
        *(IMAGE, (112, 112, 32), (112, 112, 16), (56, 56, 24), (28, 28, 32)),
        *((14, 14, 64), (14, 14, 96), (7, 7, 160), (7, 7, 320), (7, 7, 1280)),
    ]


def test_ten_blocks_are_residual():  # those that keep the shape: the later ones of each stage
    blocks = mobilenet_v2().layers[0].layers[1:-1]
    residual = [isinstance(block.layers[0], jaxcnn.Residual) for block in blocks]
    assert (len(blocks), sum(residual)) == (17, 10)
    assert not residual[0]


def test_small_pictures_are_not_halved_at_once():
    assert mobilenet_v2(stem="small").layers[0].output_shape((32, 32, 3)) == (2, 2, 1280)
    with pytest.raises(ValueError, match=r"^stem: expected one of imagenet, small, got 'large'"):
        mobilenet_v2(stem="large")


@pytest.mark.parametrize(
    ("channels", "multiple"),
    [(3, 8), (11.9, 16), (12, 16), (16, 16), (19.9, 24), (20, 24), (26, 24), (27.9, 32)],
)
def test_multiples_of_eight_are_at_least_nine_tenths(channels, multiple):
    first = next(walk(mobilenet_v2(width=channels / 32), (32, 32, 3))).layer
    assert first.features == multiple
