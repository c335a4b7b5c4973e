import built
import jax.numpy as jnp
from flax import nnx

import jaxcnn
from jaxcnn.models import lenet5


def test_parameters_layer_by_layer():  # guide row A5.9
    net = lenet5()
    counts = [
        layer.costs(shape).parameters
        for layer, shape in zip(net.layers, net.layer_shapes((32, 32, 1)), strict=False)
    ]
    assert [count for count in counts if count] == [156, 2416, 48_120, 10_164, 850]
    assert sum(counts) == built.variables(net, (32, 32, 1)) == 61_706


def test_shapes():
    shapes = lenet5(num_classes=4).layer_shapes((32, 32, 1))
    assert [shape for shape in shapes if len(shape) == 3][::3] == [
        (32, 32, 1),
        (14, 14, 6),
        (5, 5, 16),
    ]
    model = jaxcnn.build(lenet5(num_classes=4), (32, 32, 1), rngs=nnx.Rngs(0))
    assert model(jnp.zeros((3, 32, 32, 1))).shape == (3, 4)
