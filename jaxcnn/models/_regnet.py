"""The blocks of RegNetX and RegNetY: bottlenecks of one width with grouped convolutions."""

from collections.abc import Iterator
from typing import NamedTuple

from jaxcnn._support.arguments import check_int
from jaxcnn.layers import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    GlobalAvgPool,
    Layer,
    Parallel,
    Residual,
    Sequential,
    SqueezeExcite,
)
from jaxcnn.models._mobilenet import conv_norm, stem_strides
from jaxcnn.models._torchvision import FAN_OUT


class Design(NamedTuple):
    """The numbers of a RegNet, as in the paper's figures of the best networks.

    Attributes:
        depths: Blocks in each stage.
        widths: Channels in each stage.
        group_width: Channels in each group of the 3×3 convolutions; narrower stages have one group.
        has_squeeze: Whether blocks have squeeze and excitation: RegNetY.
    """

    depths: tuple[int, ...]
    widths: tuple[int, ...]
    group_width: int
    has_squeeze: bool = False


def regnet(num_classes: int, design: Design, stem: str) -> Sequential:
    """Make a RegNet with torchvision's names.

    Args:
        num_classes: Number of outputs.
        design: The numbers of the network.
        stem: How the network begins, see `stem_strides`.
    """
    check_int("num_classes", num_classes)
    first = conv_norm(32, "relu", 3, stem_strides(stem))
    stages = [
        Sequential(stage, name=f"block{number}")
        for number, stage in enumerate(_stages(32, design), start=1)
    ]
    return Sequential(
        [
            Sequential(first.layers, name="stem"),
            Sequential(stages, name="trunk_output"),
            GlobalAvgPool(name="avgpool"),
            Dense(num_classes, kernel_init=("normal", 0.01), name="fc"),
        ]
    )


def _stages(channels: int, design: Design) -> Iterator[list[Layer]]:
    for number, (depth, width) in enumerate(zip(design.depths, design.widths, strict=True), 1):
        blocks = []
        for index in range(depth):
            block = _block(channels, width, 1 if index else 2, design)
            blocks.append(Sequential(block, name=f"block{number}-{index}"))
            channels = width
        yield blocks


def _block(channels: int, width: int, strides: int, design: Design) -> list[Layer]:
    """Make a block. The first one of a stage halves the image, so that its shortcut has weights."""
    grouped = Conv(
        width,
        3,
        strides,
        padding=1,
        feature_group_count=max(1, width // design.group_width),
        use_bias=False,
        kernel_init=FAN_OUT,
    )
    branch = [
        Sequential(conv_norm(width, "relu").layers, name="a"),
        Sequential([grouped, BatchNorm(), Activation("relu")], name="b"),
        *([_squeeze(channels)] if design.has_squeeze else []),
        Sequential(conv_norm(width, None).layers, name="c"),
    ]
    changes = Sequential(branch, name="f")
    if strides == 1 and channels == width:
        return [Residual([changes], name="residual"), Activation("relu")]
    shortcut = Sequential(conv_norm(width, None, strides=strides).layers, name="proj")
    return [Parallel([changes, shortcut], name="residual"), Activation("relu")]


def _squeeze(channels: int) -> Layer:
    # A quarter of the block's inputs, not of the width within the block.
    return SqueezeExcite(round(channels / 4), kernel_init=FAN_OUT, name="se")
