import built
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcnn
from jaxcnn import explain

SIGNAL = np.array([2.0, -1.0, 1.0, -3.0, 4.0], np.float32)
PIXELS = np.array([-1.0, 3.0, 5.0, 8.0, 9.0], np.float32)
UNIT = explain.Unit("rectifier", 0)


def model_of(function, dtype=np.float32):
    net = jaxcnn.Sequential(
        [jaxcnn.Activation(function, name="rectifier"), jaxcnn.Dense(1, use_bias=False)]
    )
    model = built.filled(net, (5,))
    model[1].kernel[...] = SIGNAL[:, None].astype(dtype)
    return model


@pytest.mark.parametrize(
    ("function", "dtype", "method", "expected"),
    [
        ("relu", jnp.float32, explain.saliency, [0, -1, 1, -3, 4]),
        ("relu", jnp.bfloat16, explain.guided_backprop, [0, 0, 1, 0, 4]),
        ("relu", jnp.bfloat16, explain.deconvnet, [2, 0, 1, 0, 4]),
        ("relu6", jnp.float32, explain.saliency, [0, -1, 1, 0, 0]),
        ("relu6", jnp.float32, explain.guided_backprop, [0, 0, 1, 0, 0]),
        ("relu6", jnp.float32, explain.deconvnet, [2, 0, 1, 0, 4]),
    ],
)
def test_what_goes_back_through_a_rectifier(function, dtype, method, expected, compiled):
    found = compiled(method, model_of(function, dtype), PIXELS[None].astype(dtype), 0)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found[0], expected)


@pytest.mark.parametrize(
    ("method", "expected"), [(explain.guided_backprop, 0), (explain.deconvnet, 1)]
)
def test_of_a_unit_of_the_rectifier_itself(method, expected, compiled):
    found = compiled(method, model_of("relu"), PIXELS[None], UNIT)
    np.testing.assert_array_equal(found[0], [expected, 0, 0, 0, 0])


@pytest.mark.parametrize("method", [explain.guided_backprop, explain.deconvnet])
def test_a_network_without_relu_layers(method):
    with pytest.raises(ValueError, match="must have ReLU layers"):
        method(model_of("gelu"), PIXELS[None], 0)
