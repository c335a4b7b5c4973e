import built
import pytest

from jaxcnn.models import classic


def test_order_of_the_layers():  # guide row A5.9
    names = [getattr(layer, "function", type(layer).__name__) for layer in classic().layers]
    conv, relu, pool = "Conv", "relu", "max_pool"
    assert names == [conv, relu, conv, relu, pool, relu, conv, relu, pool, "Flatten", "Dense"]


@pytest.mark.parametrize("input_shape", [(32, 32, 3), (28, 20, 1)])
def test_shapes_and_parameters(input_shape):
    net = classic(num_classes=4, features=8)
    assert net.output_shape(input_shape) == built.output_shape(net, input_shape) == (4,)
    height, width, channels = input_shape
    convolutions = (9 * channels + 1) * 8 + 2 * (9 * 8 + 1) * 8
    expected = convolutions + (height // 4 * (width // 4) * 8 + 1) * 4
    assert net.costs(input_shape).parameters == built.variables(net, input_shape) == expected
