"""The stages of inverted residual blocks that EfficientNet and EfficientNetV2 are made of."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import (
    BatchNorm,
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


class Stage(NamedTuple):
    """A row of the table of a paper.

    Attributes:
        expansion: Hidden channels of a block, as a multiple of its inputs.
        kernel_size: Side of the kernels.
        strides: Stride of the first block.
        features: Output channels.
        depth: Number of blocks.
        is_fused: Whether one convolution replaces the first 1×1 and the depthwise convolution of
            each block, and there is no squeeze and excitation (Fused-MBConv).
    """

    expansion: int
    kernel_size: int
    strides: int
    features: int
    depth: int
    is_fused: bool = False


def efficientnet(
    num_classes: int,
    first: int,
    stages: Sequence[Stage],
    last: int,
    dropout: float,
    drop_path: float,
    stem: str,
    norm: BatchNorm,
) -> Sequential:
    """Make a network of inverted residual blocks with torchvision's names.

    Args:
        num_classes: Number of outputs.
        first: Filters of the first convolution.
        stages: The stages, first to last.
        last: Filters of the last convolution.
        dropout: Share of the dense layer's inputs that is dropped in training.
        drop_path: Towards this value grows the share of examples for which a block is skipped.
        stem: How the network begins, see `stem_strides`.
        norm: The batch norm after each convolution.
    """
    check_int("num_classes", num_classes)
    check_number("dropout", dropout, minimum=0, below=1)
    check_number("drop_path", drop_path, minimum=0, below=1)
    features = [
        conv_norm(first, "silu", 3, stem_strides(stem), norm),
        *_blocks(first, stages, drop_path, norm),
        conv_norm(last, "silu", norm=norm),
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


def _blocks(
    channels: int, stages: Sequence[Stage], drop_path: float, norm: BatchNorm
) -> Iterator[Sequential]:
    """Yield the stages; `drop_path` grows with the number of the block across all stages."""
    number, total = 0, sum(stage.depth for stage in stages)
    for stage in stages:
        blocks = []
        for index in range(stage.depth):
            here = stage._replace(strides=1) if index else stage
            blocks.append(_block(channels, here, drop_path * number / total, norm))
            channels, number = stage.features, number + 1
        yield Sequential(blocks)


def _block(channels: int, stage: Stage, drop_path: float, norm: BatchNorm) -> Layer:
    layers = (_fused if stage.is_fused else _separable)(channels, stage, norm)
    if stage.strides == 1 and channels == stage.features:
        block = Residual([*layers, DropPath(drop_path)], name="block")
    else:
        block = Sequential(layers, name="block")
    return Sequential([block])


def _separable(channels: int, stage: Stage, norm: BatchNorm) -> list[Layer]:
    expanded = make_divisible(channels * stage.expansion)
    return [
        *([] if expanded == channels else [conv_norm(expanded, "silu", norm=norm)]),
        depthwise_norm("silu", stage.kernel_size, stage.strides, norm),
        SqueezeExcite(max(1, channels // 4), "silu", kernel_init=FAN_OUT),
        conv_norm(stage.features, None, norm=norm),
    ]


def _fused(channels: int, stage: Stage, norm: BatchNorm) -> list[Layer]:
    expanded = make_divisible(channels * stage.expansion)
    if expanded == channels:
        return [conv_norm(stage.features, "silu", stage.kernel_size, stage.strides, norm)]
    return [
        conv_norm(expanded, "silu", stage.kernel_size, stage.strides, norm),
        conv_norm(stage.features, None, norm=norm),
    ]
