"""Train with Flax NNX as its guides write it, with or without `jaxcnn.fast_convolutions`."""

from functools import partial

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
from flax import nnx
from jax import Array

from libraries import Trainer, batch, repeat


class Stack(nnx.Module):
    """Layers in sequence."""

    def __init__(self, layers: tuple[Layer, ...], channels: int, size: int, rngs: nnx.Rngs):
        made = []
        for layer in layers:
            module, channels, size = make(layer, channels, size, rngs)
            made.append(module)
        self.layers = nnx.List(made)
        self.channels, self.size = channels, size

    def __call__(self, x: Array) -> Array:
        for layer in self.layers:
            x = layer(x)
        return x


class Branches(nnx.Module):
    """The sum of two branches with the same input."""

    def __init__(self, body: Stack, shortcut: Stack):
        self.body, self.shortcut = body, shortcut

    def __call__(self, x: Array) -> Array:
        return self.body(x) + self.shortcut(x)


def make(layer: Layer, channels: int, size: int, rngs: nnx.Rngs):
    """Make a layer; also return the channels and the side of its output."""
    match layer:
        case Conv(features, window, stride, padding, groups):
            conv = nnx.Conv(
                channels,
                features,
                (window, window),
                stride,
                padding=padding,
                feature_group_count=groups,
                use_bias=False,
                rngs=rngs,
            )
            return conv, features, (size + 2 * padding - window) // stride + 1
        case BatchNorm():
            norm = nnx.BatchNorm(channels, momentum=NORM_MOMENTUM, epsilon=NORM_EPSILON, rngs=rngs)
            return norm, channels, size
        case Activation(function):
            return getattr(nnx, function), channels, size
        case MaxPool(window):
            pool = partial(nnx.max_pool, window_shape=(window, window), strides=(window, window))
            return pool, channels, size // window
        case GlobalAvgPool():
            return partial(jnp.mean, axis=(1, 2)), channels, 1
        case Flatten():
            return lambda x: x.reshape(len(x), -1), channels * size**2, 1
        case Dense(features):
            return nnx.Linear(channels, features, rngs=rngs), features, 1
        case Sum(body, shortcut):
            ways = [Stack(way, channels, size, rngs) for way in (body, shortcut)]
            return Branches(*ways), ways[0].channels, ways[0].size


@nnx.jit
def step(model: nnx.Module, optimizer: nnx.Optimizer, images: Array, labels: Array) -> Array:
    def mean_loss(model):
        losses = optax.softmax_cross_entropy_with_integer_labels(model(images), labels)
        return losses.mean()

    loss, gradients = nnx.value_and_grad(mean_loss)(model)
    optimizer.update(model, gradients)
    return loss


def prepare(layers: tuple[Layer, ...], batch_size: int, *, fast: bool = False) -> Trainer:
    """Prepare a network for training; `fast` uses jaxcnn's methods for its convolutions."""
    if fast:
        import jaxcnn

        jaxcnn.install_fast_convolutions()
    size, _, channels = IMAGE
    model = Stack(layers, channels, size, nnx.Rngs(0))
    model.train()
    optimizer = nnx.Optimizer(model, optax.sgd(LEARNING_RATE, MOMENTUM), wrt=nnx.Param)
    images, labels = map(jnp.asarray, batch(batch_size))
    parameters = sum(np.size(x) for x in jax.tree.leaves(nnx.state(model, nnx.Param)))
    return Trainer(parameters, repeat(lambda: step(model, optimizer, images, labels), float))
