"""The VGG networks, with or without batch norm."""

from jaxcnn._support.arguments import check_bool, check_int, check_number
from jaxcnn.layers import (
    Activation,
    AdaptiveAvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
    Sequential,
)
from jaxcnn.models._torchvision import FAN_OUT


def vgg11(
    num_classes: int = 1000,
    batch_norm: bool = False,
    hidden_features: int = 4096,
    dropout: float = 0.5,
) -> Sequential:
    """Make VGG-11: eight 3×3 convolutions in five groups with pooling, and three dense layers.

    The network is for images of 224×224×3, or any size of at least 32×32. With 1000 classes it has
    132,863,336 parameters, and 132,868,840 with batch norm. Its layers have torchvision's names,
    and its weights are initialized as in torchvision.

    Args:
        num_classes: Number of outputs.
        batch_norm: Whether a `BatchNorm` follows each convolution; the paper has none.
        hidden_features: Outputs of each of the two hidden dense layers; 512 is usual for small
            images.
        dropout: Share of the outputs of each hidden dense layer that is dropped in training.

    Example:
        >>> vgg11(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Simonyan and Zisserman 2015, *Very Deep Convolutional Networks for Large-Scale Image
    Recognition*.
    """
    return _vgg((1, 1, 2, 2, 2), num_classes, batch_norm, hidden_features, dropout)


def vgg13(
    num_classes: int = 1000,
    batch_norm: bool = False,
    hidden_features: int = 4096,
    dropout: float = 0.5,
) -> Sequential:
    """Make VGG-13: ten 3×3 convolutions in five groups with pooling, and three dense layers.

    The network is for images of 224×224×3, or any size of at least 32×32. With 1000 classes it has
    133,047,848 parameters, and 133,053,736 with batch norm.

    Args:
        num_classes: Number of outputs.
        batch_norm: Whether a `BatchNorm` follows each convolution; the paper has none.
        hidden_features: Outputs of each of the two hidden dense layers.
        dropout: Share of the outputs of each hidden dense layer that is dropped in training.

    Example:
        >>> vgg13(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Simonyan and Zisserman 2015, *Very Deep Convolutional Networks for Large-Scale Image
    Recognition*.
    """
    return _vgg((2, 2, 2, 2, 2), num_classes, batch_norm, hidden_features, dropout)


def vgg16(
    num_classes: int = 1000,
    batch_norm: bool = False,
    hidden_features: int = 4096,
    dropout: float = 0.5,
) -> Sequential:
    """Make VGG-16: 13 convolutions (3×3) in five groups with pooling, and three dense layers.

    The network is for images of 224×224×3, or any size of at least 32×32. With 1000 classes it has
    138,357,544 parameters, and 138,365,992 with batch norm.

    Args:
        num_classes: Number of outputs.
        batch_norm: Whether a `BatchNorm` follows each convolution; the paper has none.
        hidden_features: Outputs of each of the two hidden dense layers.
        dropout: Share of the outputs of each hidden dense layer that is dropped in training.

    Example:
        >>> vgg16(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Simonyan and Zisserman 2015, *Very Deep Convolutional Networks for Large-Scale Image
    Recognition*.
    """
    return _vgg((2, 2, 3, 3, 3), num_classes, batch_norm, hidden_features, dropout)


def vgg19(
    num_classes: int = 1000,
    batch_norm: bool = False,
    hidden_features: int = 4096,
    dropout: float = 0.5,
) -> Sequential:
    """Make VGG-19: 16 convolutions (3×3) in five groups with pooling, and three dense layers.

    The network is for images of 224×224×3, or any size of at least 32×32. With 1000 classes it has
    143,667,240 parameters, and 143,678,248 with batch norm.

    Args:
        num_classes: Number of outputs.
        batch_norm: Whether a `BatchNorm` follows each convolution; the paper has none.
        hidden_features: Outputs of each of the two hidden dense layers.
        dropout: Share of the outputs of each hidden dense layer that is dropped in training.

    Example:
        >>> vgg19(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Simonyan and Zisserman 2015, *Very Deep Convolutional Networks for Large-Scale Image
    Recognition*.
    """
    return _vgg((2, 2, 4, 4, 4), num_classes, batch_norm, hidden_features, dropout)


def _vgg(
    convolutions: tuple[int, ...],
    num_classes: int,
    batch_norm: bool,
    hidden_features: int,
    dropout: float,
) -> Sequential:
    check_int("num_classes", num_classes)
    check_bool("batch_norm", batch_norm)
    check_int("hidden_features", hidden_features)
    check_number("dropout", dropout, minimum=0, below=1)
    layers: list[Layer] = []
    for filters, times in zip((64, 128, 256, 512, 512), convolutions, strict=True):
        layers += [*_conv_relu(filters, batch_norm) * times, MaxPool(2)]
    hidden = Dense(hidden_features, kernel_init=("normal", 0.01))
    classifier: list[Layer] = [
        *(hidden, Activation("relu"), Dropout(dropout)),
        *(hidden, Activation("relu"), Dropout(dropout)),
        Dense(num_classes, kernel_init=("normal", 0.01)),
    ]
    return Sequential(
        [
            Sequential(layers, name="features"),
            AdaptiveAvgPool((7, 7), name="avgpool"),
            Flatten(),
            Sequential(classifier, name="classifier"),
        ]
    )


def _conv_relu(filters: int, batch_norm: bool) -> list[Layer]:
    conv = Conv(filters, 3, padding=1, kernel_init=FAN_OUT)
    norm = [BatchNorm()] if batch_norm else []
    return [conv, *norm, Activation("relu")]
