import built
import jax
import numpy as np
import pytest

from jaxcnn import SqueezeExcite
from jaxcnn.layers import ReceptiveField


@pytest.mark.parametrize("input_shape", [(5, 4), (3, 5, 4), (2, 3, 5, 4)])
def test_prediction_is_what_is_built(input_shape):
    layer = SqueezeExcite(3)
    assert layer.output_shape(input_shape) == built.output_shape(layer, input_shape) == input_shape
    assert layer.costs(input_shape).parameters == built.variables(layer, input_shape) == 31
    assert layer.receptive_field(input_shape) == ReceptiveField.of_one_pixel(len(input_shape) - 1)


def test_costs():
    # Hu et al. 2018: two layers of C * C / r weights, then a product for each value.
    assert SqueezeExcite(2).costs((7, 7, 32)) == (
        2 * 32 * 2 + 2 + 32,
        2 * 32 * 2 + 7 * 7 * 32,
        4 * (2 * 32 * 2 + 2 + 32),
    )


def test_both_dense_layers_start_as_told():
    module = built.module(SqueezeExcite(3, kernel_init=("constant", 2.0)), (5, 4))
    for dense in (module.fc1, module.fc2):
        assert (np.asarray(dense.kernel[...]) == 2).all()
    with pytest.raises(ValueError, match=r"^kernel_init: expected one of"):
        SqueezeExcite(3, kernel_init="he")


def test_it_needs_a_picture():
    for use in (SqueezeExcite(3).output_shape, lambda s: built.module(SqueezeExcite(3), s)):
        with pytest.raises(ValueError, match=r"input_shape: expected \(\*spatial, channels\)"):
            use((4,))


@pytest.mark.parametrize("spatial", [(5,), (5, 6), (2, 3, 4)])
def test_channels_are_gated(spatial):
    module = built.module(SqueezeExcite(3), (*spatial, 4))
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
    module = built.module(SqueezeExcite(3, "silu", "hard_sigmoid"), (5, 4))
    module.fc2.kernel[...] *= 0
    np.testing.assert_allclose(module(x), x / 2, rtol=1e-6)  # hard_sigmoid(0)
    module.fc1.kernel[...] *= 0
    module.fc1.bias[...] = module.fc1.bias[...] - 1
    module.fc2.kernel[...] = module.fc2.kernel[...] + 1
    silu = -1 / (1 + np.e)
    np.testing.assert_allclose(module(x), x * (3 * silu + 3) / 6, rtol=1e-5)
