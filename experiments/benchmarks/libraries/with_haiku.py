"""Train with Haiku: a transformed function, with parameters and state as dictionaries."""

import haiku as hk
import jax
import jax.numpy as jnp
import optax
from _networks import (
    LEARNING_RATE,
    MOMENTUM,
    NORM_EPSILON,
    NORM_MOMENTUM,
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Sum,
)
from jax import Array

from libraries import Trainer, batch


def apply(layer: Layer, x: Array) -> Array:
    match layer:
        case Conv(features, window, stride, padding, groups):
            pads = [(padding, padding)] * 2
            return hk.Conv2D(
                features,
                window,
                stride,
                padding=pads,
                with_bias=False,
                feature_group_count=groups,
            )(x)
        case BatchNorm():
            return hk.BatchNorm(True, True, NORM_MOMENTUM, NORM_EPSILON)(x, is_training=True)
        case Activation(function):
            return getattr(jax.nn, function)(x)
        case MaxPool(window):
            return hk.max_pool(x, window, window, "VALID")
        case GlobalAvgPool():
            return x.mean(axis=(1, 2))
        case Flatten():
            return hk.Flatten()(x)
        case Dense(features):
            return hk.Linear(features)(x)
        case Sum(body, shortcut):
            return sequence(body, x) + sequence(shortcut, x)


def sequence(layers: tuple[Layer, ...], x: Array) -> Array:
    for layer in layers:
        x = apply(layer, x)
    return x


def prepare(layers: tuple[Layer, ...], batch_size: int) -> Trainer:
    """Prepare a network for training."""
    network = hk.without_apply_rng(hk.transform_with_state(lambda x: sequence(layers, x)))
    tx = optax.sgd(LEARNING_RATE, MOMENTUM)
    images, labels = map(jnp.asarray, batch(batch_size))

    @jax.jit
    def step(params, state, opt_state):
        def mean_loss(params):
            logits, new_state = network.apply(params, state, images)
            losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
            return losses.mean(), new_state

        (loss, new_state), gradients = jax.value_and_grad(mean_loss, has_aux=True)(params)
        updates, opt_state = tx.update(gradients, opt_state, params)
        return optax.apply_updates(params, updates), new_state, opt_state, loss

    params, state = network.init(jax.random.key(0), images)
    variables = params, state, tx.init(params)

    def train(steps: int) -> float:
        nonlocal variables
        loss = jnp.nan
        for _ in range(steps):
            *variables, loss = step(*variables)
        jax.block_until_ready(variables)
        return float(loss)

    return Trainer(hk.data_structures.tree_size(params), train)
