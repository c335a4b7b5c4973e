"""Train with Keras, on the backend named by the environment variable KERAS_BACKEND."""

from typing import Any

import keras
import numpy as np
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
from keras import layers as kl

from libraries import Trainer, batch, repeat


def apply(layer: Layer, x: Any) -> Any:
    first = keras.config.image_data_format() == "channels_first"
    match layer:
        case Conv(features, window, stride, padding, groups):
            # Where the stride is 1, "same" is this padding; else it would be uneven.
            same = stride == 1 and 2 * padding == window - 1
            if padding and not same:
                x = kl.ZeroPadding2D(padding)(x)
            options = {"padding": "same" if same else "valid", "use_bias": False}
            if groups == x.shape[1 if first else -1] == features:
                return kl.DepthwiseConv2D(window, stride, **options)(x)
            return kl.Conv2D(features, window, stride, groups=groups, **options)(x)
        case BatchNorm():
            return kl.BatchNormalization(1 if first else -1, NORM_MOMENTUM, NORM_EPSILON)(x)
        case Activation("gelu"):
            return kl.Activation(lambda x: keras.activations.gelu(x, approximate=True))(x)
        case Activation(function):
            return kl.Activation(function)(x)
        case MaxPool(window):
            return kl.MaxPooling2D(window)(x)
        case GlobalAvgPool():
            return kl.GlobalAveragePooling2D()(x)
        case Flatten():
            return kl.Flatten()(x)
        case Dense(features):
            return kl.Dense(features)(x)
        case Sum(body, shortcut):
            return kl.Add()([sequence(body, x), sequence(shortcut, x)])


def sequence(layers: tuple[Layer, ...], x: Any) -> Any:
    for layer in layers:
        x = apply(layer, x)
    return x


def prepare(
    layers: tuple[Layer, ...], batch_size: int, *, threads: int = 0, layout: str = "channels_last"
) -> Trainer:
    """Prepare a network for training.

    Args:
        layers: The network.
        batch_size: Images per step.
        threads: Number of PyTorch's threads, if that is the backend.
        layout: Keras's image data format.
    """
    if keras.backend.backend() == "torch":
        import torch

        torch.set_num_threads(threads)
    keras.config.set_image_data_format(layout)
    images, labels = batch(batch_size)
    if layout == "channels_first":
        images = np.ascontiguousarray(np.moveaxis(images, -1, 1))
    inputs = keras.Input(images.shape[1:])
    model = keras.Model(inputs, sequence(layers, inputs))
    model.compile(
        keras.optimizers.SGD(LEARNING_RATE, MOMENTUM),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    assert images.shape[-1 if layout == "channels_last" else 1] == IMAGE[-1]
    parameters = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    return Trainer(parameters, repeat(lambda: model.train_on_batch(images, labels), float))
