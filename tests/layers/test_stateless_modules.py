import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxcnn import functional as F
from jaxcnn.layers import (
    ActivationModule,
    FlattenModule,
    GlobalPoolModule,
    PoolModule,
    RescaleModule,
)

X = jnp.asarray(np.random.default_rng(0).normal(size=(2, 7, 6, 3)), jnp.float32)

MODULES = [
    (ActivationModule("silu"), lambda x: F.silu(x)),
    (PoolModule("max_pool", (2, 2)), lambda x: F.max_pool(x, (2, 2))),
    (
        PoolModule("avg_pool", (3, 2), strides=(2, 1), padding=((1, 0), (0, 1)), ceil_mode=True),
        lambda x: F.avg_pool(x, (3, 2), strides=(2, 1), padding=((1, 0), (0, 1)), ceil_mode=True),
    ),
    (GlobalPoolModule("global_max_pool", 2), lambda x: x.max((1, 2))),
    (GlobalPoolModule("global_avg_pool", 2), lambda x: x.mean((1, 2))),
    (FlattenModule(), lambda x: x.reshape(2, -1)),
    (RescaleModule(0.25), lambda x: x / 4),
]


@pytest.mark.parametrize(("module", "function"), MODULES, ids=lambda m: type(m).__name__)
def test_module_is_its_function(module, function):
    np.testing.assert_allclose(module(X), function(X), rtol=1e-5)
    np.testing.assert_allclose(jax.jit(module)(X), function(X), rtol=1e-5)


@pytest.mark.parametrize(
    "module", [module for module, _ in MODULES], ids=lambda m: type(m).__name__
)
def test_nothing_to_learn(module):
    graph, state = nnx.split(module)
    assert jax.tree.leaves(state) == []
    hash(graph)  # what is static can be a key of jit's cache
    np.testing.assert_array_equal(nnx.merge(graph, state)(X), module(X))
