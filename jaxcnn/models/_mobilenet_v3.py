"""MobileNetV3: inverted residual blocks, some with squeeze and excitation, found by search."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import (
    Activation,
    ActivationName,
    BatchNorm,
    Dense,
    Dropout,
    GlobalAvgPool,
    Layer,
    Residual,
    Sequential,
    SqueezeExcite,
)
from jaxcnn.models._mobilenet import conv_norm, depthwise_norm, make_divisible, stem_strides
from jaxcnn.models._torchvision import FAN_OUT

_NORM = BatchNorm(momentum=0.99, epsilon=1e-3)


class _Block(NamedTuple):
    """A row of the paper's tables 1 and 2."""

    kernel_size: int
    expanded: int
    features: int
    has_squeeze: bool
    activation: ActivationName
    strides: int


_LARGE = (
    _Block(3, 16, 16, False, "relu", 1),
    _Block(3, 64, 24, False, "relu", 2),
    _Block(3, 72, 24, False, "relu", 1),
    _Block(5, 72, 40, True, "relu", 2),
    _Block(5, 120, 40, True, "relu", 1),
    _Block(5, 120, 40, True, "relu", 1),
    _Block(3, 240, 80, False, "hard_silu", 2),
    _Block(3, 200, 80, False, "hard_silu", 1),
    _Block(3, 184, 80, False, "hard_silu", 1),
    _Block(3, 184, 80, False, "hard_silu", 1),
    _Block(3, 480, 112, True, "hard_silu", 1),
    _Block(3, 672, 112, True, "hard_silu", 1),
    _Block(5, 672, 160, True, "hard_silu", 2),
    _Block(5, 960, 160, True, "hard_silu", 1),
    _Block(5, 960, 160, True, "hard_silu", 1),
)
_SMALL = (
    _Block(3, 16, 16, True, "relu", 2),
    _Block(3, 72, 24, False, "relu", 2),
    _Block(3, 88, 24, False, "relu", 1),
    _Block(5, 96, 40, True, "hard_silu", 2),
    _Block(5, 240, 40, True, "hard_silu", 1),
    _Block(5, 240, 40, True, "hard_silu", 1),
    _Block(5, 120, 48, True, "hard_silu", 1),
    _Block(5, 144, 48, True, "hard_silu", 1),
    _Block(5, 288, 96, True, "hard_silu", 2),
    _Block(5, 576, 96, True, "hard_silu", 1),
    _Block(5, 576, 96, True, "hard_silu", 1),
)


def mobilenet_v3_large(
    num_classes: int = 1000, width: float = 1.0, dropout: float = 0.2, stem: str = "imagenet"
) -> Sequential:
    """Make MobileNetV3-Large: 15 inverted residual blocks, eight with squeeze and excitation.

    The later blocks have the activation `hard_silu` (h-swish), and the gates of squeeze and
    excitation are `hard_sigmoid`. The network is for images of 224×224×3 and has 5,483,032
    parameters with 1000 classes. Its layers have torchvision's names.

    Args:
        num_classes: Number of outputs.
        width: Factor by which all numbers of channels are multiplied. The products are rounded to
            multiples of 8. The hidden dense layer keeps its size.
        dropout: Share of the last dense layer's inputs that is dropped in training.
        stem: How the network begins. ``"imagenet"``: a convolution that halves each side.
            ``"small"``: the same convolution at full size, for images such as CIFAR's 32×32.

    Example:
        >>> mobilenet_v3_large(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Howard et al. 2019, *Searching for MobileNetV3*.
    """
    return _mobilenet_v3(_LARGE, 1280, num_classes, width, dropout, stem)


def mobilenet_v3_small(
    num_classes: int = 1000, width: float = 1.0, dropout: float = 0.2, stem: str = "imagenet"
) -> Sequential:
    """Make MobileNetV3-Small: eleven inverted residual blocks, nine with squeeze and excitation.

    The network is for images of 224×224×3 and has 2,542,856 parameters with 1000 classes. Its
    layers have torchvision's names.

    Args:
        num_classes: Number of outputs.
        width: Factor by which all numbers of channels are multiplied. The products are rounded to
            multiples of 8. The hidden dense layer keeps its size.
        dropout: Share of the last dense layer's inputs that is dropped in training.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> mobilenet_v3_small(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Howard et al. 2019, *Searching for MobileNetV3*.
    """
    return _mobilenet_v3(_SMALL, 1024, num_classes, width, dropout, stem)


def _mobilenet_v3(
    blocks: Sequence[_Block],
    hidden: int,
    num_classes: int,
    width: float,
    dropout: float,
    stem: str,
) -> Sequential:
    check_int("num_classes", num_classes)
    check_number("width", width, minimum=0)
    check_number("dropout", dropout, minimum=0, below=1)
    first = make_divisible(16 * width)
    last = 6 * make_divisible(blocks[-1].features * width)
    features = [
        conv_norm(first, "hard_silu", 3, stem_strides(stem), _NORM),
        *_blocks(first, blocks, width),
        conv_norm(last, "hard_silu", norm=_NORM),
    ]
    classifier = [
        *(Dense(hidden, kernel_init=("normal", 0.01)), Activation("hard_silu")),
        *(Dropout(dropout), Dense(num_classes, kernel_init=("normal", 0.01))),
    ]
    return Sequential(
        [
            Sequential(features, name="features"),
            GlobalAvgPool(),
            Sequential(classifier, name="classifier"),
        ]
    )


def _blocks(channels: int, blocks: Sequence[_Block], width: float) -> Iterator[Layer]:
    for block in blocks:
        scaled = block._replace(
            expanded=make_divisible(block.expanded * width),
            features=make_divisible(block.features * width),
        )
        yield _block(channels, scaled)
        channels = scaled.features


def _block(channels: int, block: _Block) -> Layer:
    layers: list[Layer] = []
    if block.expanded != channels:
        layers.append(conv_norm(block.expanded, block.activation, norm=_NORM))
    layers.append(depthwise_norm(block.activation, block.kernel_size, block.strides, _NORM))
    if block.has_squeeze:
        squeezed = make_divisible(block.expanded / 4)
        layers.append(SqueezeExcite(squeezed, "relu", "hard_sigmoid", kernel_init=FAN_OUT))
    layers.append(conv_norm(block.features, None, norm=_NORM))
    keeps_shape = block.strides == 1 and channels == block.features
    container = Residual if keeps_shape else Sequential
    return Sequential([container(layers, name="block")])
