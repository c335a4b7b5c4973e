import pytest

from jaxcnn.models import efficientnet_b0

IMAGE = (224, 224, 3)


@pytest.mark.parametrize(
    ("width", "depth", "parameters"),  # torchvision 0.29: efficientnet_b0 to b3
    [(1.0, 1.0, 5_288_548), (1.0, 1.1, 7_794_184), (1.1, 1.2, 9_109_994), (1.2, 1.4, 12_233_232)],
)
def test_parameters(width, depth, parameters):
    assert efficientnet_b0(width=width, depth=depth).costs(IMAGE).parameters == parameters


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
