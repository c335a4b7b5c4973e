"""SqueezeNet: fire modules, which squeeze the channels before 3×3 convolutions."""

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import (
    Activation,
    Conv,
    Dropout,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Parallel,
    Sequential,
)


def squeezenet1_0(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
    """Make SqueezeNet 1.0: a 7×7 convolution, eight fire modules, and a 1×1 convolution per class.

    A fire module reduces the number of channels by a 1×1 convolution. Of its result it computes a
    1×1 and a 3×3 convolution, and concatenates the two. There is no batch norm and no dense layer.
    The network is for images of 224×224×3, or any size of at least 21×21. With 1000 classes it has
    1,248,424 parameters. Its layers have torchvision's names.

    Args:
        num_classes: Number of outputs, which are not negative: a ReLU comes before the mean.
        dropout: Share of the last convolution's inputs that is dropped in training.

    Example:
        >>> squeezenet1_0(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Iandola, Han, Moskewicz, Ashraf, Dally and Keutzer 2016, *SqueezeNet: AlexNet-level
    Accuracy with 50x Fewer Parameters and <0.5MB Model Size*.
    """
    features = [
        *(_conv(96, 7, 2), Activation("relu"), _pool()),
        *(_fire(16, 64), _fire(16, 64), _fire(32, 128), _pool()),
        *(_fire(32, 128), _fire(48, 192), _fire(48, 192), _fire(64, 256), _pool()),
        _fire(64, 256),
    ]
    return _squeezenet(features, num_classes, dropout)


def squeezenet1_1(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
    """Make SqueezeNet 1.1: `squeezenet1_0` with less than half of the multiplications.

    It begins with a 3×3 convolution, and pools earlier. The network is for images of 224×224×3, or
    any size of at least 17×17. With 1000 classes it has 1,235,496 parameters. Its layers have
    torchvision's names.

    Args:
        num_classes: Number of outputs, which are not negative: a ReLU comes before the mean.
        dropout: Share of the last convolution's inputs that is dropped in training.

    Example:
        >>> squeezenet1_1(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Iandola, Han, Moskewicz, Ashraf, Dally and Keutzer 2016, *SqueezeNet: AlexNet-level
    Accuracy with 50x Fewer Parameters and <0.5MB Model Size*; version 1.1 is in the authors' code.
    """
    features = [
        *(_conv(64, 3, 2), Activation("relu"), _pool()),
        *(_fire(16, 64), _fire(16, 64), _pool()),
        *(_fire(32, 128), _fire(32, 128), _pool()),
        *(_fire(48, 192), _fire(48, 192), _fire(64, 256), _fire(64, 256)),
    ]
    return _squeezenet(features, num_classes, dropout)


def _squeezenet(features: list[Layer], num_classes: int, dropout: float) -> Sequential:
    check_int("num_classes", num_classes)
    check_number("dropout", dropout, minimum=0, below=1)
    classifier = [
        Dropout(dropout),
        Conv(num_classes, 1, kernel_init=("normal", 0.01)),
        Activation("relu"),
        GlobalAvgPool(),
    ]
    return Sequential(
        [Sequential(features, name="features"), Sequential(classifier, name="classifier")]
    )


def _fire(squeezed: int, expanded: int) -> Layer:
    expand = [_conv(expanded, 1, name="expand1x1"), _conv(expanded, 3, padding=1, name="expand3x3")]
    return Sequential(
        [
            *(_conv(squeezed, 1, name="squeeze"), Activation("relu")),
            *(Parallel(expand, "concat", name="_expand"), Activation("relu")),
        ]
    )


def _conv(
    features: int, size: int, strides: int = 1, *, padding: int = 0, name: str | None = None
) -> Conv:
    return Conv(features, size, strides, padding, kernel_init="he_uniform", name=name)


def _pool() -> MaxPool:
    return MaxPool(3, 2, ceil_mode=True)
