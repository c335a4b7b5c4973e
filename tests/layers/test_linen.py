"""Linen modules in `nnx.bridge.ToNNX`: the mode, the key and the batch statistics reach them."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import jaxcnn
from jaxcnn.inference import Network, functionalize
from jaxcnn.layers import call

IMAGES = np.random.default_rng(0).random((8, 4, 4, 1)).astype(np.float32)


class WithTrain(nn.Module):
    @nn.compact
    def __call__(self, images, train=False):
        x = nn.BatchNorm(use_running_average=not train, momentum=0.5)(images)
        x = nn.Dropout(0.5, deterministic=not train)(x)
        return nn.Dense(3)(x.reshape(len(x), -1))


class WithDeterministic(nn.Module):
    @nn.compact
    def __call__(self, images, deterministic=True):
        return nn.Dropout(0.5)(images, deterministic=deterministic).reshape(len(images), -1)


def bridged(module):
    return nnx.bridge.ToNNX(module, rngs=nnx.Rngs(0)).lazy_init(jnp.asarray(IMAGES))


@pytest.mark.thorough
def test_statistics_move_in_train_mode_only():
    net = bridged(WithTrain())
    apply, variables = functionalize(net)
    run = jax.jit(apply, static_argnames="train")
    _, after_eval = run(variables, IMAGES, train=False, key=None)
    _, after_train = run(variables, IMAGES, train=True, key=jax.random.key(0))
    before, same, moved = (jax.tree.leaves(x) for x in (variables[1], after_eval, after_train))
    np.testing.assert_array_equal(before[0], same[0])
    np.testing.assert_allclose(moved[0], 0.5 * IMAGES.mean(), rtol=1e-5)


@pytest.mark.thorough
def test_dropout_follows_the_key():
    net = bridged(WithDeterministic())
    one, two = (call(net, IMAGES, train=True, key=jax.random.key(seed)) for seed in (1, 2))
    again = call(net, IMAGES, train=True, key=jax.random.key(1))
    assert (np.asarray(one) == 0).mean() == pytest.approx(0.5, abs=0.2)
    np.testing.assert_array_equal(one, again)
    assert (one != two).any()
    np.testing.assert_array_equal(call(net, IMAGES, train=False, key=None), IMAGES.reshape(8, -1))


@pytest.mark.slow
def test_fit_trains_its_statistics():
    labels = np.arange(8) % 3
    run = jaxcnn.fit(bridged(WithTrain()), (IMAGES, labels), epochs=3, progress=False)
    assert isinstance(run.network, Network)
    leaves = jax.tree.leaves(run.network.variables.batch_stats)
    mean, variance = (leaf for leaf in leaves if jnp.issubdtype(leaf.dtype, jnp.floating))
    assert (np.asarray(mean) != 0).all()
    assert (np.asarray(variance) != 1).all()
