import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import Activation, Dropout, DropPath, Rescale, nn
from jaxcnn import functional as F
from jaxcnn.nn import ACTIVATIONS

LAYERS = [*map(Activation, ACTIVATIONS), Dropout(0.3), DropPath(0.3), Rescale(0.5)]


@pytest.mark.parametrize("layer", LAYERS, ids=str)
@pytest.mark.parametrize("input_shape", [(6,), (5, 4), (4, 3, 2), (2, 3, 4, 5)])
def test_shapes_stay(layer, input_shape):
    assert layer.output_shape(input_shape) == built.output_shape(layer, input_shape) == input_shape
    axes = len(input_shape) - 1
    assert layer.window(input_shape) == ((1,) * axes, (1,) * axes, (0,) * axes)
    assert layer.costs(input_shape).parameters == built.variables(layer, input_shape)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_is_the_function_of_its_name(name):
    x = jnp.linspace(-3, 3, 24).reshape(2, 12)
    module = built.module(Activation(name), (12,))
    np.testing.assert_array_equal(module(x), getattr(F, name)(x))
    assert Activation(name).costs((12,)) == (0, 0, 0)


def test_dropout_drops_its_share_and_keeps_the_mean():
    module = built.module(Dropout(0.2), (10_000,))
    outputs = module(jnp.ones((1, 10_000)), deterministic=False, rngs=jax.random.key(0))
    assert set(np.unique(outputs)) == {0.0, 1.25}
    np.testing.assert_allclose((outputs == 0).mean(), 0.2, atol=0.02)


def test_drop_path():
    module = built.module(DropPath(0.2), (3,))
    assert (type(module), module.rate) == (nn.DropPath, 0.2)
    assert DropPath(0.2).costs((3,)) == (0, 0, 0)


def test_rescale():
    module = built.module(Rescale(1 / 9), (4,))
    np.testing.assert_allclose(module(jnp.full((2, 4), 9.0)), np.ones((2, 4)), rtol=1e-6)
    assert Rescale(2).costs((3, 4)) == (0, 12, 0)
