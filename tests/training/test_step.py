from functools import partial

import built
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
from jaxcnn._support.leaves import named_leaves
from jaxcnn.inference import Variables, eval_step, functionalize
from jaxcnn.training import TrainState, train_step

cross_entropy = F.softmax_cross_entropy_with_integer_labels


NETWORK = jaxcnn.Sequential(
    [jaxcnn.Conv(4, 3), jaxcnn.BatchNorm(), jaxcnn.Dropout(0.1), *small.LINEAR.layers]
)


def set_up(net):
    data = small.dataset(n=6)
    apply, variables = functionalize(built.filled(net, data.input_shape))
    images = data.images.astype(np.float32) / 255
    return apply, variables, jnp.asarray(images), jnp.asarray(data.labels)


@pytest.fixture
def setup():
    return set_up(NETWORK)


@pytest.fixture
def without_dropout():
    """For what is computed eagerly, where each operation is a program."""
    return set_up(small.NORMED)


def make_state(variables, tx):
    return TrainState.create(variables, tx=tx, key=jax.random.key(1))


@pytest.mark.thorough
def test_train_step_is_pure_and_jit_agrees(without_dropout):
    apply, variables, images, labels = without_dropout
    tx = optax.sgd(0.1)
    step = partial(train_step, apply=apply, tx=tx, loss=cross_entropy)
    state = make_state(variables, tx)
    before = jax.tree.map(np.array, state.variables)
    plain = step(state, images, labels)
    jitted = jax.jit(step)(state, images, labels)
    chex.assert_trees_all_close(plain[0].variables, jitted[0].variables, rtol=1e-5, atol=1e-6)
    chex.assert_trees_all_equal(jax.tree.map(np.array, state.variables), before)
    assert int(plain[0].step) == 1


@pytest.mark.thorough
def test_sgd_is_the_formula_bit_for_bit(without_dropout):
    """Guide row A6.11: w = w - η dL/dw."""
    apply, variables, images, labels = without_dropout
    tx = optax.sgd(0.5)
    state = make_state(variables, tx)

    def loss(params):
        logits, _ = apply(Variables(params, variables.batch_stats), images, train=True)
        return cross_entropy(logits, labels).mean()

    gradients = jax.grad(loss)(variables.params)
    expected = jax.tree.map(
        lambda w, g: np.asarray(w) - np.float32(0.5) * np.asarray(g), variables.params, gradients
    )
    new, _ = train_step(state, images, labels, apply=apply, tx=tx, loss=cross_entropy)
    chex.assert_trees_all_equal(new.params, expected)


SEVEN = np.array([[1.0, 1, 1], [0, 0, 1], [0, 1, 0]])
WEIGHTS = {
    "layers.0.kernel": np.array([[1.0, -1], [-1, 1]]),
    "layers.0.bias": np.array([0.5]),
    "layers.3.kernel": np.array([[0.2, 0.4], [0.6, -0.2], [-0.2, 0.2], [0.8, -0.6]]),
    "layers.3.bias": np.zeros(2),
}


def loss_by_hand(weights):
    """Convolution, ReLU, dense layer and cross-entropy with label 1, in plain NumPy."""
    kernel, bias, dense, dense_bias = weights.values()
    patches = np.lib.stride_tricks.sliding_window_view(SEVEN, (2, 2))
    hidden = np.maximum((patches * kernel).sum((-2, -1)) + bias, 0)
    logits = hidden.reshape(-1) @ dense + dense_bias
    return np.log(np.exp(logits).sum()) - logits[1]


def slope(name, place, half=1e-6):
    """The derivative of the loss by one weight, as a central difference."""
    moved = [{k: w.copy() for k, w in WEIGHTS.items()} for _ in range(2)]
    for weights, sign in zip(moved, (1, -1), strict=True):
        weights[name][place] += sign * half
    return (loss_by_hand(moved[0]) - loss_by_hand(moved[1])) / (2 * half)


@pytest.mark.thorough
def test_one_step_by_hand_and_by_finite_differences():
    """Guide row A6.10: forward, loss, backward, update."""
    layers = [jaxcnn.Conv(1, 2, padding="VALID"), jaxcnn.Activation("relu")]
    net = jaxcnn.Sequential([*layers, jaxcnn.Flatten(), jaxcnn.Dense(2)])
    module = jaxcnn.build(net, (3, 3, 1), rngs=nnx.Rngs(0))
    conv, _, _, dense = module.layers
    for name, place in (("layers.0", conv), ("layers.3", dense)):
        place.kernel[...] = jnp.asarray(WEIGHTS[f"{name}.kernel"].reshape(place.kernel.shape))
        place.bias[...] = jnp.asarray(WEIGHTS[f"{name}.bias"])
    apply, variables = functionalize(module)
    tx = optax.sgd(0.5)
    images = jnp.asarray(SEVEN, jnp.float32)[None, :, :, None]
    step = jax.jit(partial(train_step, apply=apply, tx=tx, loss=cross_entropy))
    new, metrics = step(make_state(variables, tx), images, jnp.array([1]))

    assert float(metrics.loss) == pytest.approx(loss_by_hand(WEIGHTS), abs=1e-6)
    assert float(metrics.loss) == pytest.approx(0.974077, abs=1e-6)
    updated = dict(named_leaves(new.params))
    for name, before in WEIGHTS.items():
        slopes = [slope(name, place) for place in np.ndindex(before.shape)]
        expected = before.reshape(-1) - 0.5 * np.array(slopes)
        np.testing.assert_allclose(np.ravel(updated[name]), expected, atol=1e-6)
    np.testing.assert_allclose(
        np.ravel(updated["layers.0.kernel"]), [0.813262, -1.186738, -1, 0.875508], atol=1e-6
    )


@pytest.mark.thorough
def test_metrics_are_sums_before_the_update():
    apply, variables, images, labels = set_up(small.LINEAR)
    tx = optax.sgd(0.1)
    state = make_state(variables, tx)
    step = jax.jit(partial(train_step, apply=apply, tx=tx, loss=cross_entropy))
    _, metrics = step(state, images, labels)
    dense = variables.params["layers"][1]
    logits = np.asarray(images).reshape(6, -1) @ dense["kernel"][...] + dense["bias"][...]
    assert float(metrics.loss) == pytest.approx(float(cross_entropy(logits, labels).sum()))
    assert int(metrics.correct) == (logits.argmax(-1) == labels).sum()
    assert int(metrics.examples) == 6


@pytest.mark.thorough
def test_eval_step_leaves_masked_examples_out(setup):
    apply, variables, images, labels = setup
    step = jax.jit(partial(eval_step, variables, apply=apply, loss=cross_entropy))
    where = np.arange(6) < 4
    masked = step(np.where(where[:, None, None, None], images, np.nan), labels, where)
    chex.assert_trees_all_close(masked, step(images[:4], labels[:4]), rtol=1e-6)
    assert int(masked.examples) == 4


@pytest.mark.thorough
def test_dropout_differs_from_step_to_step_and_follows_the_key(setup):
    apply, variables, images, labels = setup
    tx = optax.sgd(0.0)
    step = jax.jit(
        partial(train_step, images=images, labels=labels, apply=apply, tx=tx, loss=cross_entropy)
    )
    state = make_state(variables, tx)
    first, again = step(state)[1].loss, step(state)[1].loss
    second = step(step(state)[0])[1].loss
    assert float(first) == float(again)
    assert float(first) != float(second)


@pytest.mark.thorough
def test_batch_statistics_move_in_training_only(setup):  # guide row A8.7
    apply, variables, images, _ = setup
    jitted = jax.jit(apply, static_argnames="train")
    _, after_eval = jitted(variables, images, train=False)
    chex.assert_trees_all_equal(after_eval, variables.batch_stats)
    _, after_train = jitted(variables, images, train=True, key=jax.random.key(0))
    before, after = (stats["layers"][1]["mean"][...] for stats in (after_eval, after_train))
    assert (np.asarray(before) != np.asarray(after)).all()


@pytest.mark.slow
def test_the_step_goes_under_vmap_over_seeds(setup):
    """An ensemble is the same step, mapped."""
    apply, variables, images, labels = setup
    tx = optax.sgd(0.1)
    step = partial(train_step, images=images, labels=labels, apply=apply, tx=tx, loss=cross_entropy)
    states = [TrainState.create(variables, tx=tx, key=jax.random.key(seed)) for seed in range(2)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)
    together, _ = jax.jit(jax.vmap(step))(stacked)
    step = jax.jit(step)
    for index, state in enumerate(states):
        alone, _ = step(state)
        member = jax.tree.map(lambda leaf, i=index: leaf[i], together)
        chex.assert_trees_all_close(member.params, alone.params, rtol=1e-4, atol=1e-6)
