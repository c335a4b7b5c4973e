"""Small networks that textbooks and tutorials begin with: LeNet-5, a minimal CNN, two of Keras."""

from collections.abc import Sequence

from jaxcnn._support.arguments import check_int
from jaxcnn.layers import (
    Activation,
    AvgPool,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
    Sequential,
)


def lenet5(num_classes: int = 10) -> Sequential:
    """Make LeNet-5: two convolutions with average pooling, then three dense layers, all with tanh.

    The network is for images of 32×32×1, and has 61,706 parameters with 10 classes. (MNIST's 28×28
    images are padded by two pixels on each side.) As in most reimplementations today, the pooling
    has no weights, each filter of the second convolution is connected to all channels, and the
    output is a dense layer.

    Args:
        num_classes: Number of outputs.

    Example:
        >>> lenet5().output_shape((32, 32, 1))
        (10,)

    Source: LeCun, Bottou, Bengio and Haffner 1998, *Gradient-Based Learning Applied to Document
    Recognition*.
    """
    check_int("num_classes", num_classes)
    return Sequential(
        [
            Conv(6, 5, padding="VALID"),
            Activation("tanh"),
            AvgPool(2),
            Conv(16, 5, padding="VALID"),
            Activation("tanh"),
            AvgPool(2),
            Flatten(),
            Dense(120),
            Activation("tanh"),
            Dense(84),
            Activation("tanh"),
            Dense(num_classes),
        ]
    )


def classic(num_classes: int = 10, features: int = 32) -> Sequential:
    """Make a textbook CNN: conv, ReLU, conv, ReLU, pool, ReLU, conv, ReLU, pool, fully connected.

    The network is for images of any size. With images of 32×32×3 and 10 classes, it has 39,882
    parameters. With f filters, n classes and images of h×w pixels in c channels, the number of
    parameters is::

        (9 c + 1) f + 2 (9 f + 1) f + (h/4 · w/4 · f + 1) n

    The ReLU after the first pooling has no effect, because its inputs are never negative. This ReLU
    is kept because the source lists it.

    Args:
        num_classes: Number of outputs.
        features: Filters of each convolution.

    Example:
        >>> classic().output_shape((32, 32, 3))
        (10,)

    Source: Deshpande 2016, *A Beginner's Guide To Understanding Convolutional Neural Networks*.
    """
    check_int("num_classes", num_classes)
    relu, conv = Activation("relu"), Conv(features, 3, kernel_init="he_normal")
    return Sequential(
        [
            *(conv, relu, conv, relu, MaxPool(2), relu),
            *(conv, relu, MaxPool(2)),
            *(Flatten(), Dense(num_classes)),
        ]
    )


def keras_cifar_simple(num_classes: int = 10) -> Sequential:
    """Make the simple CNN of a Keras tutorial for CIFAR-10: two convolutions, two dense layers.

    The network is for images of 32×32×3 and has 4,210,090 parameters with 10 classes, 99.6% of
    them in the hidden dense layer. Train the network with the preset ``"keras"``, which has the
    tutorial's optimizer and max-norm constraint.

    Args:
        num_classes: Number of outputs.

    Example:
        >>> keras_cifar_simple().output_shape((32, 32, 3))
        (10,)

    Source: Brownlee, *Object Recognition with Convolutional Neural Networks in the Keras Deep
    Learning Library*.
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
    """Make the larger CNN of a Keras tutorial for CIFAR-10: six convolutions, three dense layers.

    The network has three groups of two convolutions and a pooling, then two hidden dense layers.
    Dropout comes between the layers. The network is for images of 32×32×3 and has 2,915,114
    parameters with 10 classes.

    Args:
        num_classes: Number of outputs.

    Example:
        >>> keras_cifar_larger().output_shape((32, 32, 3))
        (10,)

    Source: Brownlee, *Object Recognition with Convolutional Neural Networks in the Keras Deep
    Learning Library*.
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
