import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxcnn.layers import call, takes

KEY = jax.random.key(0)


class Recorder(nnx.Module):
    def __call__(self, inputs, *, train, key=None):
        del inputs
        return train, key


class Trained(nnx.Module):
    def __call__(self, inputs, train=False):
        del inputs
        return train


def test_a_module_is_given_what_its_call_names():
    inputs = jnp.ones((2, 3))
    assert call(Recorder(), inputs, train=True, key=KEY) == (True, KEY)
    assert call(Recorder(), inputs, train=False, key=None) == (False, None)
    assert call(Trained(), inputs, train=True, key=KEY) is True
    linear = nnx.Linear(3, 4, rngs=nnx.Rngs(0))
    np.testing.assert_array_equal(call(linear, inputs, train=True, key=KEY), linear(inputs))


@pytest.mark.parametrize(
    ("module", "expected"),
    [(Recorder(), (True, True)), (Trained(), (True, False)), (nnx.Sequential(), (False, False))],
)
def test_takes(module, expected):
    assert (takes(module, "train"), takes(module, "key")) == expected


@pytest.mark.thorough
def test_batch_norm_uses_the_statistics_of_the_mode():
    norm = nnx.BatchNorm(3, momentum=0.9, rngs=nnx.Rngs(0))
    inputs = jnp.asarray(np.random.default_rng(0).normal(2, 3, (50, 3)), jnp.float32)
    np.testing.assert_allclose(call(norm, inputs, train=False, key=None), inputs, rtol=1e-4)
    np.testing.assert_array_equal(norm.mean[...], 0)  # eval mode changes nothing
    trained = call(norm, inputs, train=True, key=None)
    np.testing.assert_allclose(trained.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(norm.mean[...], 0.1 * inputs.mean(0), rtol=1e-5)
    evaluated = call(norm, inputs, train=False, key=None)
    expected = (inputs - norm.mean[...]) / jnp.sqrt(norm.var[...] + norm.epsilon)
    np.testing.assert_allclose(evaluated, expected, rtol=1e-4)


def test_dropout_drops_in_training_alone():
    dropout, inputs = nnx.Dropout(0.5), jnp.ones((4, 50))
    np.testing.assert_array_equal(call(dropout, inputs, train=False, key=None), inputs)
    np.testing.assert_array_equal(call(dropout, inputs, train=False, key=KEY), inputs)
    dropped = call(dropout, inputs, train=True, key=KEY)
    assert set(np.unique(dropped)) == {0.0, 2.0}
    np.testing.assert_array_equal(dropped, call(dropout, inputs, train=True, key=KEY))
    assert (dropped != call(dropout, inputs, train=True, key=jax.random.key(1))).any()


def test_dropout_needs_a_key_in_training():
    text = "key: expected a random key such as .* for dropout in train mode, got None"
    with pytest.raises(ValueError, match=text):
        call(nnx.Dropout(0.5), jnp.ones((2, 3)), train=True, key=None)


def test_dropout_with_a_random_stream_of_its_own_needs_no_key():
    dropout = nnx.Dropout(0.5, rngs=nnx.Rngs(0))
    assert (call(dropout, jnp.ones((4, 50)), train=True, key=None) == 0).any()
