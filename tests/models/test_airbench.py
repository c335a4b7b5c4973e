import built

import jaxcnn
from jaxcnn.layers import Frozen
from jaxcnn.models import airbench94, airbench96

IMAGE = (32, 32, 3)


def test_trained_and_frozen_parameters():
    net = airbench94()
    assert net.costs(IMAGE).parameters == built.variables(net, IMAGE) == 1_971_352
    assert built.variables(net, IMAGE, Frozen) == 288


def test_shapes():
    shapes = airbench94(num_classes=7, widths=(8, 16, 32)).layer_shapes(IMAGE)
    assert list(dict.fromkeys(shapes)) == [
        *(IMAGE, (31, 31, 24)),  # whitening
        *((31, 31, 8), (15, 15, 8)),
        *((15, 15, 16), (7, 7, 16)),
        *((7, 7, 32), (3, 3, 32)),
        *((1, 1, 32), (32,), (7,)),
    ]


def test_every_convolution_starts_as_the_identity_and_has_no_bias():
    convs = [layer for layer in airbench94().layers if isinstance(layer, jaxcnn.Conv)]
    assert [conv.features for conv in convs] == [64, 64, 256, 256, 256, 256]
    assert {conv.kernel_init for conv in convs} == {"dirac"}
    assert not any(conv.use_bias for conv in convs)


def test_parameters_of_airbench96_by_the_closed_form():
    a, b, c = 128, 512, 512
    convolutions = 24 * a + 2 * a * a + a * b + 2 * b * b + b * c + 2 * c * c
    expected = 24 + 9 * convolutions + 3 * (a + b + c) + 10 * c
    assert airbench96().costs(IMAGE).parameters == expected == 12_717_464
    assert built.variables(airbench96(), IMAGE, Frozen) == 288


def test_each_group_of_airbench96_adds_what_its_first_convolution_gave():
    net = airbench96(widths=(8, 16, 32))
    sums = [layer for layer in net.layers if isinstance(layer, jaxcnn.Residual)]
    assert [type(layer).__name__ for layer in sums[0].layers] == [
        *("Conv", "BatchNorm", "Activation", "Conv", "BatchNorm"),
    ]
    after = [net.layers[net.layers.index(layer) + 1] for layer in sums]
    assert after == [jaxcnn.Activation("gelu")] * 3
