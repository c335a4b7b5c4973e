"""MNASNet: inverted residual blocks whose kernels and expansions were found by search."""

from collections.abc import Iterator

from jaxcnn._support.arguments import check_int, check_number
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
from jaxcnn.models._mobilenet import make_divisible
from jaxcnn.models._torchvision import FAN_OUT

# Figure 7 of the paper: output channels, kernel size, stride of the first block, expansion, blocks.
_STAGES = (
    (24, 3, 2, 3, 3),
    (40, 5, 2, 3, 3),
    (80, 5, 2, 6, 3),
    (96, 3, 1, 6, 2),
    (192, 5, 2, 6, 4),
    (320, 3, 1, 6, 1),
)
_NORM = BatchNorm(momentum=0.9997)
"""Running statistics change slowly: torchvision takes this momentum from TensorFlow's training."""


def mnasnet0_5(num_classes: int = 1000, dropout: float = 0.2) -> Sequential:
    """Make MNASNet-B1 with 0.5 times as many channels as `mnasnet1_0`.

    The network is for images of 224×224×3 and has 2,218,512 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.

    Example:
        >>> mnasnet0_5(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Tan, Chen, Pang, Vasudevan, Sandler, Howard and Le 2019, *MnasNet: Platform-Aware Neural
    Architecture Search for Mobile*.
    """
    return _mnasnet(0.5, num_classes, dropout)


def mnasnet0_75(num_classes: int = 1000, dropout: float = 0.2) -> Sequential:
    """Make MNASNet-B1 with 0.75 times as many channels as `mnasnet1_0`.

    The network is for images of 224×224×3 and has 3,170,208 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.

    Example:
        >>> mnasnet0_75(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Tan, Chen, Pang, Vasudevan, Sandler, Howard and Le 2019, *MnasNet: Platform-Aware Neural
    Architecture Search for Mobile*.
    """
    return _mnasnet(0.75, num_classes, dropout)


def mnasnet1_0(num_classes: int = 1000, dropout: float = 0.2) -> Sequential:
    """Make MNASNet-B1: inverted residual blocks with 3×3 and 5×5 depthwise convolutions.

    The search maximized accuracy and speed on a phone. The network has no squeeze and excitation.
    It is for images of 224×224×3 and has 4,383,312 parameters with 1000 classes. Its layers have
    torchvision's names.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.

    Example:
        >>> mnasnet1_0(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Tan, Chen, Pang, Vasudevan, Sandler, Howard and Le 2019, *MnasNet: Platform-Aware Neural
    Architecture Search for Mobile*.
    """
    return _mnasnet(1.0, num_classes, dropout)


def mnasnet1_3(num_classes: int = 1000, dropout: float = 0.2) -> Sequential:
    """Make MNASNet-B1 with 1.3 times as many channels as `mnasnet1_0`.

    The network is for images of 224×224×3 and has 6,282,256 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.

    Example:
        >>> mnasnet1_3(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Tan, Chen, Pang, Vasudevan, Sandler, Howard and Le 2019, *MnasNet: Platform-Aware Neural
    Architecture Search for Mobile*.
    """
    return _mnasnet(1.3, num_classes, dropout)


def _mnasnet(width: float, num_classes: int, dropout: float) -> Sequential:
    check_int("num_classes", num_classes)
    check_number("dropout", dropout, minimum=0, below=1)
    first, channels = make_divisible(32 * width), make_divisible(16 * width)
    layers = [
        *(*_conv_norm(first, 3, 2), Activation("relu")),
        *(*_depthwise_norm_relu(3, 1), *_conv_norm(channels)),
        *_stages(channels, width),
        *(*_conv_norm(1280), Activation("relu")),
    ]
    # Torchvision's initializer for this layer: He uniform with a gain of 1.
    dense = Dense(num_classes, kernel_init=("variance_scaling", 1.0, "fan_out", "uniform"))
    return Sequential(
        [
            Sequential(layers, name="layers"),
            GlobalAvgPool(),
            Sequential([Dropout(dropout), dense], name="classifier"),
        ]
    )


def _stages(channels: int, width: float) -> Iterator[Layer]:
    for stage_features, size, stage_strides, expansion, depth in _STAGES:
        features = make_divisible(stage_features * width)
        blocks = []
        for index in range(depth):
            strides = 1 if index else stage_strides
            blocks.append(_block(channels, features, size, strides, expansion))
            channels = features
        yield Sequential(blocks)


def _block(channels: int, features: int, size: int, strides: int, expansion: int) -> Layer:
    layers = [
        *(*_conv_norm(expansion * channels), Activation("relu")),
        *(*_depthwise_norm_relu(size, strides), *_conv_norm(features)),
    ]
    keeps_shape = strides == 1 and channels == features
    container = Residual if keeps_shape else Sequential
    return Sequential([container(layers, name="layers")])


def _conv_norm(features: int, size: int = 1, strides: int = 1) -> list[Layer]:
    conv = Conv(features, size, strides, padding=size // 2, use_bias=False, kernel_init=FAN_OUT)
    return [conv, _NORM]


def _depthwise_norm_relu(size: int, strides: int) -> list[Layer]:
    conv = DepthwiseConv(size, strides, padding=size // 2, use_bias=False, kernel_init=FAN_OUT)
    return [conv, _NORM, Activation("relu")]
