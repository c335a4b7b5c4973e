from functools import partial

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small
from flax import nnx

import jaxcnn
from jaxcnn import functional as F
from jaxcnn.training import TrainState, Variables, eval_step, purify, train_step

cross_entropy = F.softmax_cross_entropy_with_integer_labels


@pytest.fixture
def setup():
    data = small.dataset(n=6)
    module = jaxcnn.build(small.NETWORK, data.input_shape, rngs=nnx.Rngs(0))
    apply, variables = purify(module)
    images = jnp.asarray(data.images, jnp.float32) / 255
    return apply, variables, images, jnp.asarray(data.labels)


def make_state(variables, tx):
    return TrainState.create(variables, tx=tx, key=jax.random.key(1))


def test_train_step_is_pure_and_jit_agrees(setup):
    apply, variables, images, labels = setup
    tx = optax.sgd(0.1)
    step = partial(train_step, apply=apply, tx=tx, loss=cross_entropy)
    state = make_state(variables, tx)
    before = jax.tree.map(np.array, state.params)
    plain = step(state, images, labels)
    jitted = jax.jit(step)(state, images, labels)
    chex.assert_trees_all_close(plain[0].params, jitted[0].params, rtol=1e-5, atol=1e-6)
    chex.assert_trees_all_equal(jax.tree.map(np.array, state.params), before)
    assert int(plain[0].step) == 1


def test_sgd_is_the_formula_bit_for_bit(setup):
    """Guide row A6.11: w = w - η dL/dw."""
    apply, variables, images, labels = setup
    tx = optax.sgd(0.5)
    state = make_state(variables, tx)
    key = jax.random.fold_in(state.key, state.step)

    def loss(params):
        logits, _ = apply(Variables(params, variables.batch_stats), images, train=True, key=key)
        return cross_entropy(logits, labels).mean()

    gradients = jax.grad(loss)(variables.params)
    expected = jax.tree.map(lambda w, g: w - 0.5 * g, variables.params, gradients)
    new, _ = train_step(state, images, labels, apply=apply, tx=tx, loss=cross_entropy)
    chex.assert_trees_all_equal(new.params, expected)


def test_metrics_are_sums_before_the_update(setup):
    apply, _, images, labels = setup
    module = jaxcnn.build(
        jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3)]), (8, 8, 1), rngs=nnx.Rngs(0)
    )
    apply, variables = purify(module)
    state = make_state(variables, optax.sgd(0.1))
    _, metrics = train_step(
        state, images, labels, apply=apply, tx=optax.sgd(0.1), loss=cross_entropy
    )
    logits = module(images)
    assert float(metrics.loss) == pytest.approx(float(cross_entropy(logits, labels).sum()))
    assert int(metrics.correct) == int((logits.argmax(-1) == labels).sum())
    assert int(metrics.examples) == 6


def test_eval_step_leaves_masked_examples_out(setup):
    apply, variables, images, labels = setup
    step = partial(eval_step, variables, apply=apply, loss=cross_entropy)
    where = jnp.array([True, True, True, True, False, False])
    masked = step(images.at[4:].set(jnp.nan), labels, where)
    chex.assert_trees_all_close(masked, step(images[:4], labels[:4]), rtol=1e-6)
    assert int(masked.examples) == 4


def test_dropout_differs_from_step_to_step_and_follows_the_key(setup):
    apply, variables, images, labels = setup
    tx = optax.sgd(0.0)
    step = partial(train_step, images=images, labels=labels, apply=apply, tx=tx, loss=cross_entropy)
    state = make_state(variables, tx)
    first, again = step(state)[1].loss, step(state)[1].loss
    second = step(step(state)[0])[1].loss
    assert float(first) == float(again)
    assert float(first) != float(second)


def test_batch_statistics_move_in_training_only(setup):
    apply, variables, images, _ = setup
    _, after_eval = apply(variables, images, train=False)
    chex.assert_trees_all_equal(after_eval, variables.batch_stats)
    _, after_train = apply(variables, images, train=True, key=jax.random.key(0))
    mean = after_train["layers"][1]["mean"][...]
    assert float(jnp.abs(mean).max()) > 0


def test_the_step_goes_under_vmap_over_seeds(setup):
    """An ensemble is the same step, mapped."""
    apply, variables, images, labels = setup
    tx = optax.sgd(0.1)
    step = partial(train_step, images=images, labels=labels, apply=apply, tx=tx, loss=cross_entropy)
    states = [TrainState.create(variables, tx=tx, key=jax.random.key(seed)) for seed in range(2)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)
    together, _ = jax.vmap(step)(stacked)
    for index, state in enumerate(states):
        alone, _ = step(state)
        member = jax.tree.map(lambda leaf, i=index: leaf[i], together)
        chex.assert_trees_all_close(member.params, alone.params, rtol=1e-4, atol=1e-6)
