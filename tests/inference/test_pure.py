import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import small
from flax import nnx

import jaxcnn
from jaxcnn.inference import functionalize

IMAGES = jnp.asarray(np.random.default_rng(0).standard_normal((4, 8, 8, 1)), jnp.float32)


def modules():
    return {
        "built": jaxcnn.build(small.NETWORK, (8, 8, 1), rngs=nnx.Rngs(0)),
        "flax": small.FlaxModule(nnx.Rngs(0, dropout=1)),
    }


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["built", "flax"])
def test_eval_mode_is_the_module_in_eval_mode(kind):
    module = modules()[kind]
    apply, variables = functionalize(module)
    logits, _ = jax.jit(apply, static_argnames="train")(variables, IMAGES, train=False)
    module.eval()
    np.testing.assert_allclose(logits, module(IMAGES), rtol=1e-5, atol=1e-6)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["built", "flax"])
def test_train_mode_uses_the_key_and_the_batch(kind):
    apply, variables = functionalize(modules()[kind])

    def train(seed):
        return apply(variables, IMAGES, train=True, key=jax.random.key(seed))[0]

    chex.assert_trees_all_equal(train(0), train(0))
    assert not np.allclose(train(0), train(1))
    assert not np.allclose(train(0), apply(variables, IMAGES, train=False)[0])


def test_equal_networks_have_equal_pure_functions():
    first, second = (functionalize(modules()["built"])[0] for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)


@pytest.mark.thorough
def test_a_module_of_the_same_weights_comes_back():
    module = modules()["built"]
    apply, variables = functionalize(module)
    again = apply.module(variables)
    np.testing.assert_array_equal(again(IMAGES), module(IMAGES))


@pytest.mark.thorough
def test_a_network_that_reads_text_computes_in_half_precision_on_exact_tokens():
    net = jaxcnn.Sequential(
        [jaxcnn.Embedding(300, 4), jaxcnn.Conv(4, 3), jaxcnn.GlobalMaxPool(), jaxcnn.Dense(2)]
    )
    apply, variables = functionalize(jaxcnn.build(net, (1,), rngs=nnx.Rngs(0)))
    tokens = jnp.array([[256], [257]])  # as bfloat16, both are 256
    exact, _ = apply(variables, tokens, train=False)
    logits, _ = apply(variables, tokens, train=False, dtype=jnp.bfloat16)
    np.testing.assert_allclose(logits, exact, atol=0.02)
    assert not np.array_equal(logits, exact)
    assert not np.array_equal(logits[0], logits[1])
