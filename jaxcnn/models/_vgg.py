"""The VGG networks."""

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
    """Eight 3×3 convolutions in five groups, a pooling behind each, then three dense layers.

    For images of 224×224×3, or any others of at least 32×32. With 1000 classes it has 132,863,336
    parameters, and 132,868,840 with batch norm. Names and first weights are torchvision's.

    Args:
        num_classes: Number of outputs.
        batch_norm: Put a `BatchNorm` behind each convolution, which the paper has not.
        hidden_features: Neurons of each of the two hidden dense layers; 512 is usual for small
            images.
        dropout: Share of the values that are dropped behind each of these.

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
    """As `vgg11`, with 10 convolutions: 133,047,848 parameters, 133,053,736 with batch norm."""
    return _vgg((2, 2, 2, 2, 2), num_classes, batch_norm, hidden_features, dropout)


def vgg16(
    num_classes: int = 1000,
    batch_norm: bool = False,
    hidden_features: int = 4096,
    dropout: float = 0.5,
) -> Sequential:
    """As `vgg11`, with 13 convolutions: 138,357,544 parameters, 138,365,992 with batch norm."""
    return _vgg((2, 2, 3, 3, 3), num_classes, batch_norm, hidden_features, dropout)


def vgg19(
    num_classes: int = 1000,
    batch_norm: bool = False,
    hidden_features: int = 4096,
    dropout: float = 0.5,
) -> Sequential:
    """As `vgg11`, with 16 convolutions: 143,667,240 parameters, 143,678,248 with batch norm."""
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
