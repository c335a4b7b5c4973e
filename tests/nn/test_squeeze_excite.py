import jax
import numpy as np
import pytest
from flax import nnx

from jaxcnn.nn import SqueezeExcite


@pytest.mark.parametrize("spatial", [(5,), (5, 6), (2, 3, 4)])
def test_channels_are_gated(spatial):
    module = SqueezeExcite(4, 3, activation="relu", gate="sigmoid", rngs=nnx.Rngs(0))
    module.fc1.bias[...] = jax.numpy.array([0.1, 0.2, -0.3])
    x = np.random.default_rng(0).normal(size=(2, *spatial, 4)).astype(np.float32)
    kernels = [np.asarray(layer.kernel[...]) for layer in (module.fc1, module.fc2)]
    means = x.reshape(2, -1, 4).mean(1)
    hidden = np.maximum(means @ kernels[0] + np.asarray(module.fc1.bias[...]), 0)
    gates = 1 / (1 + np.exp(-hidden @ kernels[1]))
    expected = x * gates.reshape(2, *(1 for _ in spatial), 4)
    np.testing.assert_allclose(module(x), expected, rtol=1e-5, atol=1e-6)


def test_activation_and_gate_are_chosen_by_name():
    x = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)
    module = SqueezeExcite(4, 3, activation="silu", gate="hard_sigmoid", rngs=nnx.Rngs(0))
    module.fc2.kernel[...] *= 0
    np.testing.assert_allclose(module(x), x / 2, rtol=1e-6)  # hard_sigmoid(0)
    module.fc1.kernel[...] *= 0
    module.fc1.bias[...] = module.fc1.bias[...] - 1
    module.fc2.kernel[...] = module.fc2.kernel[...] + 1
    silu = -1 / (1 + np.e)
    np.testing.assert_allclose(module(x), x * (3 * silu + 3) / 6, rtol=1e-5)
