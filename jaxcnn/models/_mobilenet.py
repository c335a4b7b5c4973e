"""MobileNetV2, and what the networks for telephones share."""

from collections.abc import Iterator

from jaxcnn._support.arguments import check_choice, check_int, check_number
from jaxcnn.layers import (
    Activation,
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
    """Inverted residual blocks: 1×1 to many channels, 3×3 on each alone, 1×1 to few.

    For images of 224×224×3: 3,504,872 parameters with 1000 classes. The layers have
    torchvision's names.

    Args:
        num_classes: Number of outputs.
        width: Factor on all numbers of channels, each rounded to a multiple of 8; the last
            convolution keeps its 1280 where it is below 1.
        dropout: Share of values dropped before the dense layer in training.
        stem: How the network begins: ``"imagenet"``, a convolution that leaves half of each side,
            or ``"small"``, the same at full size, for images such as CIFAR's 32×32.

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


def conv_norm(features: int, activation: str | None, size: int = 1, strides: int = 1) -> Sequential:
    """A convolution without biases, batch norm, and an activation unless None."""
    conv = Conv(features, size, strides, padding=size // 2, use_bias=False, kernel_init=FAN_OUT)
    return Sequential([conv, BatchNorm(), *_activation(activation)])


def depthwise_norm(activation: str, size: int, strides: int) -> Sequential:
    """A convolution of each channel on its own, batch norm, and an activation."""
    conv = DepthwiseConv(size, strides, padding=size // 2, use_bias=False, kernel_init=FAN_OUT)
    return Sequential([conv, BatchNorm(), *_activation(activation)])


def _activation(function: str | None) -> list[Layer]:
    return [] if function is None else [Activation(function)]


def stem_strides(stem: str) -> int:
    """Step of the first convolution: 2 for ``"imagenet"``, 1 for ``"small"`` images."""
    check_choice("stem", stem, ("imagenet", "small"))
    return 2 if stem == "imagenet" else 1


def make_divisible(channels: float, divisor: int = 8) -> int:
    """The multiple of `divisor` nearest to `channels`, but never less than 90 % of it.

    Example:
        >>> make_divisible(32 * 0.35), make_divisible(19.9), make_divisible(1.0)
        (16, 24, 8)
    """
    nearest = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * channels else nearest
