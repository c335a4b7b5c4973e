"""Train with Equinox: modules for one example, channels first, under `jax.vmap`."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from _networks import (
    IMAGE,
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


class Branches(eqx.nn.StatefulLayer):
    """The sum of two branches with the same input."""

    body: eqx.nn.Sequential
    shortcut: eqx.nn.Sequential

    def __init__(self, body: eqx.nn.Sequential, shortcut: eqx.nn.Sequential):
        self.body, self.shortcut = body, shortcut

    def __call__(self, x, state, *, key=None):
        outputs, state = self.body(x, state, key=key)
        added, state = self.shortcut(x, state, key=key)
        return outputs + added, state


def make(layer: Layer, shape: tuple[int, ...], key: Array) -> eqx.Module:
    """Make a layer for an input shape without batch axis."""
    match layer:
        case Conv(features, window, stride, padding, groups):
            options = {"groups": groups, "use_bias": False, "key": key}
            return eqx.nn.Conv2d(shape[0], features, window, stride, padding, **options)
        case BatchNorm():
            options = {"eps": NORM_EPSILON, "momentum": NORM_MOMENTUM, "mode": "batch"}
            return eqx.nn.BatchNorm(shape[0], "batch", **options)
        case Activation(function):
            return eqx.nn.Lambda(getattr(jax.nn, function))
        case MaxPool(window):
            return eqx.nn.MaxPool2d(window, window)
        case GlobalAvgPool():
            return eqx.nn.Lambda(lambda x: x.mean(axis=(1, 2)))
        case Flatten():
            return eqx.nn.Lambda(jnp.ravel)
        case Dense(features):
            return eqx.nn.Linear(shape[0], features, key=key)
        case Sum(body, shortcut):
            return Branches(stack(body, shape, key), stack(shortcut, shape, key))


def output_shape(layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    match layer:
        case Conv(features, window, stride, padding):
            side = (shape[1] + 2 * padding - window) // stride + 1
            return (features, side, side)
        case MaxPool(window):
            return (shape[0], shape[1] // window, shape[2] // window)
        case GlobalAvgPool():
            return shape[:1]
        case Flatten():
            return (int(np.prod(shape)),)
        case Dense(features):
            return (features,)
        case Sum(body):
            for inner in body:
                shape = output_shape(inner, shape)
    return shape


def stack(layers: tuple[Layer, ...], shape: tuple[int, ...], key: Array) -> eqx.nn.Sequential:
    made = []
    for index, layer in enumerate(layers):
        made.append(make(layer, shape, jax.random.fold_in(key, index)))
        shape = output_shape(layer, shape)
    return eqx.nn.Sequential(made)


def prepare(layers: tuple[Layer, ...], batch_size: int) -> Trainer:
    """Prepare a network for training."""
    height, width, channels = IMAGE
    shape = (channels, height, width)
    model, state = eqx.nn.make_with_state(stack)(layers, shape, jax.random.key(0))
    tx = optax.sgd(LEARNING_RATE, MOMENTUM)
    opt_state = tx.init(eqx.filter(model, eqx.is_inexact_array))
    images, labels = batch(batch_size)
    images, labels = jnp.asarray(np.moveaxis(images, -1, 1)), jnp.asarray(labels)

    @eqx.filter_jit
    def step(model, state, opt_state):
        def mean_loss(model):
            apply = jax.vmap(model, axis_name="batch", in_axes=(0, None), out_axes=(0, None))
            logits, new_state = apply(images, state)
            losses = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
            return losses.mean(), new_state

        grad = eqx.filter_value_and_grad(mean_loss, has_aux=True)
        (loss, new_state), gradients = grad(model)
        updates, opt_state = tx.update(gradients, opt_state, model)
        return eqx.apply_updates(model, updates), new_state, opt_state, loss

    variables = model, state, opt_state

    def train(steps: int) -> float:
        nonlocal variables
        loss = jnp.nan
        for _ in range(steps):
            *variables, loss = step(*variables)
        jax.block_until_ready(loss)
        return float(loss)

    arrays = jax.tree.leaves(eqx.filter(model, eqx.is_inexact_array))
    return Trainer(sum(np.size(x) for x in arrays), train)
