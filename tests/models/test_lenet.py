import built

from jaxcnn.models import lenet5


def test_parameters_layer_by_layer():  # guide row A5.9
    net = lenet5()
    counts = built.parameters_by_layer(net, (32, 32, 1))
    assert counts == [156, 2416, 48_120, 10_164, 850]
    assert sum(counts) == built.variables(net, (32, 32, 1)) == 61_706


def test_shapes():
    shapes = lenet5(num_classes=4).layer_shapes((32, 32, 1))
    assert [shape for shape in shapes if len(shape) == 3][::3] == [
        (32, 32, 1),
        (14, 14, 6),
        (5, 5, 16),
    ]
    assert shapes[-1] == (4,)
