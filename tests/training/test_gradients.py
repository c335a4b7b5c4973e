"""Batches in pieces, of other precision, and of mixed images."""

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
from jaxcnn.inference import functionalize
from jaxcnn.training import Mixing, TrainState, train_step

cross_entropy = F.softmax_cross_entropy_with_integer_labels
CONVOLUTION = jaxcnn.Sequential(
    [jaxcnn.Conv(4, 3), jaxcnn.Activation("relu"), *small.LINEAR.layers]
)


def step_of(net=small.LINEAR, tx=None, **options):
    """A state, and a jitted step that takes images and labels."""
    apply, variables = functionalize(built.filled(net, (8, 8, 1)))
    tx = tx or optax.sgd(0.1, momentum=0.9)
    state = TrainState.create(variables, tx=tx, key=jax.random.key(0), ema="ema_decay" in options)
    return state, jax.jit(partial(train_step, apply=apply, tx=tx, loss=cross_entropy, **options))


def batch(n):
    data = small.dataset(n=n)
    return data.images.astype(np.float32) / 255, data.labels


@pytest.mark.thorough
def test_four_microbatches_of_64_equal_a_batch_of_256():  # guide row A6.13
    images, labels = batch(256)
    state, whole = step_of(CONVOLUTION)
    _, in_pieces = step_of(CONVOLUTION, accumulate_steps=4)
    one = several = state
    for _ in range(3):
        one, metrics = whole(one, images, labels)
        several, summed = in_pieces(several, images, labels)
    chex.assert_trees_all_close(several.params, one.params, rtol=1e-5, atol=1e-6)
    chex.assert_trees_all_close(summed, metrics, rtol=1e-5)


@pytest.mark.thorough
def test_microbatches_leave_the_filling_out():
    images, labels = batch(8)
    where = np.arange(8) < 6
    state, in_pieces = step_of(accumulate_steps=2)
    _, whole = step_of()
    others = np.where(where[:, None, None, None], images, 9)
    filled, metrics = in_pieces(state, others, labels, where)
    alone, _ = whole(state, images[:6], labels[:6])
    chex.assert_trees_all_close(filled.params, alone.params, rtol=1e-5, atol=1e-6)
    assert int(metrics.examples) == 6


@pytest.mark.thorough
def test_fit_with_microbatches_is_fit():
    whole, *in_pieces = (
        small.quick_fit(epochs=1, batch_size=12, devices=devices, accumulate_steps=pieces)
        for devices, pieces in ((1, 1), (1, 3), (3, 3))
    )
    for pieces in in_pieces:
        chex.assert_trees_all_close(pieces.state.params, whole.state.params, rtol=1e-4, atol=1e-5)


def test_microbatches_must_divide_the_batch():
    with pytest.raises(
        ValueError, match="accumulate_steps: expected a number that divides the batch"
    ):
        small.quick_fit(batch_size=10, accumulate_steps=3)
    state, step = step_of(accumulate_steps=3)
    with pytest.raises(
        ValueError, match="accumulate_steps: expected a number that divides the 10 ex"
    ):
        step(state, *batch(10))


def test_a_state_with_an_average_can_be_given_away():
    state, step = step_of(ema_decay=0.9)
    assert jax.jit(step, donate_argnums=0)(state, *batch(8))


class Watched(nnx.Module):
    """A module that notes what dtype each of its layers gives."""

    def __init__(self, layers):
        self.layers = nnx.List(layers)

    def __call__(self, inputs, train=False, key=None):
        for layer in self.layers:
            inputs = jaxcnn.layers.call(layer, inputs, train=train, key=key)
            DTYPES.append(inputs.dtype)
        return inputs


DTYPES = []


@pytest.mark.thorough
def test_bfloat16_computes_in_it_and_keeps_float32():
    images, labels = batch(16)
    layers = [jaxcnn.WhiteningConv(2), jaxcnn.Conv(4, 3), *small.NORMED.layers]
    module = built.filled(jaxcnn.Sequential(layers), (8, 8, 1))
    apply, variables = functionalize(Watched(module.layers))
    tx = optax.sgd(0.1)
    state = TrainState.create(variables, tx=tx, key=jax.random.key(0))
    step = partial(train_step, apply=apply, tx=tx, loss=cross_entropy)
    full = jax.jit(step)(state, images, labels)
    DTYPES.clear()
    low = jax.jit(partial(step, dtype=jnp.bfloat16))(state, images, labels)
    assert [str(d) for d in DTYPES] == ["bfloat16"] * 5
    kinds = [jax.tree.map(lambda leaf: leaf.dtype, result) for result in (full, low)]
    assert kinds[0] == kinds[1]
    losses = float(low[1].loss), float(full[1].loss)
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
    assert losses[0] != losses[1]


@pytest.mark.thorough
def test_the_loss_of_mixed_images_is_shared_between_labels():
    images, labels = batch(6)
    others, share = labels[::-1], np.array([1.0, 0.0, 0.3, 0.7, 0.5, 0.9], np.float32)
    state, step = step_of()
    _, metrics = step(state, images, labels, None, Mixing(others, share))
    one_hot = share[:, None] * np.eye(3)[labels] + (1 - share)[:, None] * np.eye(3)[others]
    dense = state.params["layers"][1]
    logits = images.reshape(6, -1) @ np.asarray(dense["kernel"][...]) + dense["bias"][...]
    expected = optax.softmax_cross_entropy(logits, one_hot).sum()
    assert float(metrics.loss) == pytest.approx(float(expected), rel=1e-5)
    main = np.where(share >= 0.5, labels, others)
    assert int(metrics.correct) == (logits.argmax(-1) == main).sum()


@pytest.mark.thorough
def test_the_average_is_the_formula():
    images, labels = batch(8)
    state, step = step_of(small.NORMED, ema_decay=0.3)
    expected = jax.tree.map(np.asarray, state.variables)
    for t in range(4):
        state, _ = step(state, images, labels)
        kept = min(0.3, (1 + t) / (10 + t))
        expected = jax.tree.map(
            lambda a, w, kept=kept: kept * a + (1 - kept) * np.asarray(w), expected, state.variables
        )
    chex.assert_trees_all_close(state.ema, expected, rtol=1e-6, atol=1e-7)


def test_an_optimizer_that_asks_for_it_is_given_the_loss():
    images, labels = batch(8)
    plateau = optax.contrib.reduce_on_plateau(factor=0.5, patience=2, atol=10.0)
    state, step = step_of(tx=optax.chain(optax.sgd(0.01), plateau))
    scales = []
    for _ in range(5):
        state, _ = step(state, images, labels)
        scales.append(float(optax.tree.get(state.opt_state, "scale")))
    assert scales == [1.0, 1.0, 0.5, 0.5, 0.25]
