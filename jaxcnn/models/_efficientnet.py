"""EfficientNet: inverted residual blocks with squeeze and excitation, scaled in width and depth."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import (
    Dense,
    Dropout,
    DropPath,
    GlobalAvgPool,
    Layer,
    Residual,
    Sequential,
    SqueezeExcite,
)
from jaxcnn.models._mobilenet import conv_norm, depthwise_norm, make_divisible, stem_strides
from jaxcnn.models._torchvision import FAN_OUT


class _Stage(NamedTuple):
    """A row of the paper's table 1."""

    expansion: int
    kernel_size: int
    strides: int
    features: int
    depth: int


_STAGES = (
    _Stage(1, 3, 1, 16, 1),
    _Stage(6, 3, 2, 24, 2),
    _Stage(6, 5, 2, 40, 2),
    _Stage(6, 3, 2, 80, 3),
    _Stage(6, 5, 1, 112, 3),
    _Stage(6, 5, 2, 192, 4),
    _Stage(6, 3, 1, 320, 1),
)


def efficientnet_b0(
    num_classes: int = 1000,
    width: float = 1.0,
    depth: float = 1.0,
    dropout: float = 0.2,
    drop_path: float = 0.2,
    stem: str = "imagenet",
) -> Sequential:
    """Make EfficientNet-B0: inverted residual blocks with squeeze and excitation.

    The network is for images of 224×224×3 and has 5,288,548 parameters with 1000 classes. The
    layers have torchvision's names.

    Args:
        num_classes: Number of outputs.
        width: Factor by which all numbers of channels are multiplied. The products are rounded to
            multiples of 8.
        depth: Factor by which the number of blocks in each stage is multiplied. The product is
            rounded up. EfficientNet-B1 has width 1.0 and depth 1.1 (7,794,184 parameters). B2 has
            width 1.1 and depth 1.2 (9,109,994 parameters). B3 has width 1.2 and depth 1.4
            (12,233,232 parameters). B1, B2 and B3 were made for larger images.
        dropout: Share of the dense layer's inputs that is dropped in training.
        drop_path: Share of examples for which a residual block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block towards this value at the
            last.
        stem: How the network begins. ``"imagenet"``: a convolution that halves each side.
            ``"small"``: the same convolution at full size, for images such as CIFAR's 32×32.

    Example:
        >>> efficientnet_b0(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Tan and Le 2019, *EfficientNet: Rethinking Model Scaling for Convolutional Neural
    Networks*.
    """
    check_int("num_classes", num_classes)
    check_number("width", width, minimum=0)
    check_number("depth", depth, minimum=0)
    check_number("dropout", dropout, minimum=0, below=1)
    check_number("drop_path", drop_path, minimum=0, below=1)
    stages = [
        stage._replace(
            features=make_divisible(stage.features * width),
            depth=max(1, math.ceil(stage.depth * depth)),
        )
        for stage in _STAGES
    ]
    channels = make_divisible(32 * width)
    features = [
        conv_norm(channels, "silu", 3, strides=stem_strides(stem)),
        *_blocks(channels, stages, drop_path),
        conv_norm(4 * stages[-1].features, "silu"),
    ]
    # Torchvision's initializer for this layer: uniform within 1 / sqrt(outputs).
    dense = Dense(num_classes, kernel_init=("variance_scaling", 1 / 3, "fan_out", "uniform"))
    return Sequential(
        [
            Sequential(features, name="features"),
            GlobalAvgPool(),
            Sequential([Dropout(dropout), dense], name="classifier"),
        ]
    )


def _blocks(channels: int, stages: list[_Stage], drop_path: float) -> Iterator[Sequential]:
    """Yield the stages; `drop_path` grows with the number of the block across all stages."""
    number, total = 0, sum(stage.depth for stage in stages)
    for stage in stages:
        blocks = []
        for index in range(stage.depth):
            here = stage._replace(strides=1) if index else stage
            blocks.append(_block(channels, here, drop_path * number / total))
            channels, number = stage.features, number + 1
        yield Sequential(blocks)


def _block(channels: int, stage: _Stage, drop_path: float) -> Layer:
    expanded = make_divisible(channels * stage.expansion)
    layers = [
        *([] if expanded == channels else [conv_norm(expanded, "silu")]),
        depthwise_norm("silu", stage.kernel_size, stage.strides),
        SqueezeExcite(max(1, channels // 4), "silu", kernel_init=FAN_OUT),
        conv_norm(stage.features, None),
    ]
    if stage.strides == 1 and channels == stage.features:
        block = Residual([*layers, DropPath(drop_path)], name="block")
    else:
        block = Sequential(layers, name="block")
    return Sequential([block])
