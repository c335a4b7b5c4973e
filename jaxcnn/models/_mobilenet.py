"""MobileNetV2, and the building blocks that later networks share with it."""

from collections.abc import Iterator

from jaxcnn._support.arguments import check_choice, check_int, check_number
from jaxcnn.layers import (
    Activation,
    ActivationName,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    GlobalAvgPool,
    Layer,
    Residual,
    Sequential,
)
from jaxcnn.models._torchvision import FAN_OUT

# Table 2 of the paper: expansion, output channels, blocks, stride of the first block.
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def mobilenet_v2(
    num_classes: int = 1000, width: float = 1.0, dropout: float = 0.2, stem: str = "imagenet"
) -> Sequential:
    """Make MobileNetV2: inverted residual blocks of 1×1, depthwise 3×3 and 1×1 convolutions.

    The network is for images of 224×224×3 and has 3,504,872 parameters with 1000 classes. The first
    convolution of a block increases the number of channels, and the last convolution reduces it.
    The layers have torchvision's names.

    Args:
        num_classes: Number of outputs.
        width: Factor by which all numbers of channels are multiplied. The products are rounded to
            multiples of 8. With a width below 1, the last convolution keeps its 1280 filters.
        dropout: Share of the dense layer's inputs that is dropped in training.
        stem: How the network begins. ``"imagenet"``: a convolution that halves each side.
            ``"small"``: the same convolution at full size, for images such as CIFAR's 32×32.

    Example:
        >>> mobilenet_v2(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Sandler, Howard, Zhu, Zhmoginov and Chen 2018, *MobileNetV2: Inverted Residuals and
    Linear Bottlenecks*.
    """
    check_int("num_classes", num_classes)
    check_number("width", width, minimum=0)
    check_number("dropout", dropout, minimum=0, below=1)
    last = make_divisible(1280 * max(1.0, width))
    features = [
        conv_norm(make_divisible(32 * width), "relu6", 3, strides=stem_strides(stem)),
        *_blocks(width),
        conv_norm(last, "relu6"),
    ]
    classifier = [Dropout(dropout), Dense(num_classes, kernel_init=("normal", 0.01))]
    return Sequential(
        [
            Sequential(features, name="features"),
            GlobalAvgPool(),
            Sequential(classifier, name="classifier"),
        ]
    )


def _blocks(width: float) -> Iterator[Layer]:
    channels = make_divisible(32 * width)
    for expansion, stage_features, depth, stage_strides in _STAGES:
        features = make_divisible(stage_features * width)
        for index in range(depth):
            yield _block(channels, features, expansion, 1 if index else stage_strides)
            channels = features


def _block(channels: int, features: int, expansion: int, strides: int) -> Layer:
    layers = [
        *([] if expansion == 1 else [conv_norm(expansion * channels, "relu6")]),
        depthwise_norm("relu6", 3, strides),
        Conv(features, 1, padding=0, use_bias=False, kernel_init=FAN_OUT),
        BatchNorm(),
    ]
    keeps_shape = strides == 1 and channels == features
    container = Residual if keeps_shape else Sequential
    return Sequential([container(layers, name="conv")])


NORM = BatchNorm()


def conv_norm(
    features: int,
    activation: ActivationName | None,
    size: int = 1,
    strides: int = 1,
    norm: BatchNorm = NORM,
) -> Sequential:
    """Make a convolution without bias, batch norm, and an activation unless it is None."""
    conv = Conv(features, size, strides, padding=size // 2, use_bias=False, kernel_init=FAN_OUT)
    return Sequential([conv, norm, *_activation(activation)])


def depthwise_norm(
    activation: ActivationName, size: int, strides: int, norm: BatchNorm = NORM
) -> Sequential:
    """Make a depthwise convolution without bias, batch norm, and an activation."""
    conv = DepthwiseConv(size, strides, padding=size // 2, use_bias=False, kernel_init=FAN_OUT)
    return Sequential([conv, norm, *_activation(activation)])


def _activation(function: ActivationName | None) -> list[Layer]:
    return [] if function is None else [Activation(function)]


def stem_strides(stem: str) -> int:
    """Return the stride of the first convolution: 2 for ``"imagenet"``, 1 for ``"small"``."""
    check_choice("stem", stem, ("imagenet", "small"))
    return 2 if stem == "imagenet" else 1


def make_divisible(channels: float, divisor: int = 8, limit: float = 0.9) -> int:
    """Round to the nearest multiple of `divisor` that is at least `limit` times `channels`.

    Example:
        >>> make_divisible(32 * 0.35), make_divisible(19.9), make_divisible(1.0)
        (16, 24, 8)
    """
    nearest = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < limit * channels else nearest
