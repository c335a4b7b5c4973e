"""The two CIFAR-10 networks of the well-known Keras tutorial."""

from collections.abc import Sequence

from jaxcnn._support.arguments import check_int
from jaxcnn.architecture import (
    Activation,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
    Sequential,
)


def keras_cifar_simple(num_classes: int = 10) -> Sequential:
    """Two convolutions, one pooling, and a large dense layer that holds 99.6 % of the weights.

    For images of 32×32×3: 4,210,090 parameters with 10 classes. Train it with the preset
    ``"keras"``, which has the tutorial's optimizer and max-norm constraint.

    Source: Brownlee, *Object Recognition with Convolutional Neural Networks in the Keras Deep
    Learning Library*.

    Args:
        num_classes: number of outputs.
    """
    return Sequential(
        [
            *_conv_relu(32),
            Dropout(0.2),
            *_conv_relu(32),
            MaxPool(2),
            Flatten(),
            *_dense_relu(512),
            Dropout(0.5),
            _output(num_classes),
        ]
    )


def keras_cifar_larger(num_classes: int = 10) -> Sequential:
    """Three times two convolutions and a pooling, then two dense layers, with dropout between.

    For images of 32×32×3: 2,915,114 parameters with 10 classes.

    Source: as `keras_cifar_simple`.

    Args:
        num_classes: number of outputs.
    """
    layers: list[Layer] = []
    for features in (32, 64, 128):
        layers += [*_conv_relu(features), Dropout(0.2), *_conv_relu(features), MaxPool(2)]
    layers += [Flatten(), Dropout(0.2)]
    for features in (1024, 512):
        layers += [*_dense_relu(features), Dropout(0.2)]
    return Sequential([*layers, _output(num_classes)])


def _conv_relu(features: int) -> Sequence[Layer]:
    return Conv(features, 3, kernel_init="glorot_uniform"), Activation("relu")


def _dense_relu(features: int) -> Sequence[Layer]:
    return Dense(features, kernel_init="glorot_uniform"), Activation("relu")


def _output(num_classes: int) -> Layer:
    check_int("num_classes", num_classes)
    return Dense(num_classes, kernel_init="glorot_uniform")
