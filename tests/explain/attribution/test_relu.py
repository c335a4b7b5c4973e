import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import jaxcnn
from jaxcnn import explain

SIGNAL = np.array([2.0, -1.0, 1.0, -3.0, 4.0], np.float32)
PIXELS = np.array([-1.0, 3.0, 5.0, 8.0, 9.0], np.float32)


@pytest.mark.parametrize(
    ("function", "method", "expected"),
    [
        ("relu", explain.saliency, [0, -1, 1, -3, 4]),
        ("relu", explain.guided_backprop, [0, 0, 1, 0, 4]),
        ("relu", explain.deconvnet, [2, 0, 1, 0, 4]),
        ("relu6", explain.saliency, [0, -1, 1, 0, 0]),
        ("relu6", explain.guided_backprop, [0, 0, 1, 0, 0]),
        ("relu6", explain.deconvnet, [2, 0, 1, 0, 4]),
    ],
)
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_what_goes_back_through_a_rectifier(function, method, expected, dtype):
    net = jaxcnn.Sequential([jaxcnn.Activation(function), jaxcnn.Dense(1, use_bias=False)])
    model = jaxcnn.build(net, (5,), rngs=nnx.Rngs(0))
    model[1].kernel[...] = SIGNAL[:, None].astype(dtype)
    found = method(model, PIXELS[None].astype(dtype), 0)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found[0], expected)


@pytest.mark.parametrize("method", [explain.guided_backprop, explain.deconvnet])
def test_a_network_without_relu_layers(method):
    net = jaxcnn.Sequential([jaxcnn.Activation("gelu"), jaxcnn.Dense(1)])
    model = jaxcnn.build(net, (5,), rngs=nnx.Rngs(0))
    with pytest.raises(ValueError, match="must have ReLU layers"):
        method(model, PIXELS[None], 0)
