import built
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcnn import Activation, Dropout, DropPath, Rescale
from jaxcnn import functional as F
from jaxcnn.layers import ACTIVATIONS, DropPathModule


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_is_the_function_of_its_name(name):
    x = jnp.linspace(-3, 3, 24).reshape(2, 12)
    module = built.module(Activation(name), (12,))
    np.testing.assert_array_equal(module(x), getattr(F, name)(x))
    assert Activation(name).costs((12,)) == (0, 0, 0)
    assert name in F.__all__


@pytest.mark.thorough
def test_dropout_drops_its_share_and_keeps_the_mean():
    module = built.module(Dropout(0.2), (10_000,))
    outputs = module(jnp.ones((1, 10_000)), deterministic=False, rngs=jax.random.key(0))
    assert set(np.unique(outputs)) == {0.0, 1.25}
    np.testing.assert_allclose((outputs == 0).mean(), 0.2, atol=0.02)


def test_drop_path():
    module = built.module(DropPath(0.2), (3,))
    assert (type(module), module.rate) == (DropPathModule, 0.2)
    assert DropPath(0.2).costs((3,)) == (0, 0, 0)


def test_rescale():
    module = built.module(Rescale(1 / 9), (4,))
    np.testing.assert_allclose(module(jnp.full((2, 4), 9.0)), np.ones((2, 4)), rtol=1e-6)
    assert Rescale(2).costs((3, 4)) == (0, 12, 0)
