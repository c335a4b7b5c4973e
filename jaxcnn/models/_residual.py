"""Residual networks for ImageNet of any kind of block, and the parts of residual networks."""

from collections.abc import Callable

from jaxcnn._support.arguments import check_choice, check_int
from jaxcnn.layers import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Residual,
    Sequential,
)
from jaxcnn.models._torchvision import FAN_OUT, LINEAR

EXPANSION = 4
"""A bottleneck block has this many times as many output channels as its group's width."""


def resnet(
    blocks: tuple[int, ...],
    num_classes: int,
    width: int,
    stem: str,
    branch: Callable[[int, int], list[Layer]],
) -> Sequential:
    """Make a residual network with torchvision's names.

    Args:
        blocks: Blocks in each group.
        num_classes: Number of outputs.
        width: Width of the first group. Each later group has twice the width of the group before.
        stem: How the network begins, see `stem_layers`.
        branch: Makes the branch of a block from its group's width and its stride: `basic`,
            or `bottleneck`, also with arguments of its own.
    """
    check_int("width", width)
    first, shrink = stem_layers(stem, width)
    expansion = 1 if branch is basic else EXPANSION
    groups = [
        _group(width * 2**index, times, 2 if index else 1, branch, expansion)
        for index, times in enumerate(blocks)
    ]
    return Sequential(
        [
            *(first, *norm_relu("bn1"), *shrink),
            *(Sequential(group, name=f"layer{i}") for i, group in enumerate(groups, start=1)),
            *(GlobalAvgPool(name="avgpool"), output(num_classes)),
        ]
    )


def _group(
    width: int,
    times: int,
    strides: int,
    branch: Callable[[int, int], list[Layer]],
    expansion: int,
) -> list[Layer]:
    # The first group of basic blocks keeps the input's shape, so its shortcut is empty.
    changes_shape = strides > 1 or expansion > 1
    shortcut = [conv(expansion * width, 1, strides), BatchNorm()] if changes_shape else []
    first = residual(branch(width, strides), shortcut)
    return [first, *[residual(branch(width, 1), [])] * (times - 1)]


def conv(
    width: int, kernel_size: int, strides: int = 1, *, groups: int = 1, name: str | None = None
) -> Conv:
    """Make a convolution without bias, padded by half its kernel on all sides."""
    return Conv(
        width,
        kernel_size,
        strides,
        padding=kernel_size // 2,
        feature_group_count=groups,
        use_bias=False,
        kernel_init=FAN_OUT,
        name=name,
    )


def norm_relu(name: str) -> list[Layer]:
    """Make batch norm and ReLU."""
    return [BatchNorm(name=name), Activation("relu")]


def basic(width: int, strides: int) -> list[Layer]:
    """Make the branch of a basic residual block: two 3×3 convolutions, each with batch norm."""
    return [
        *(conv(width, 3, strides, name="conv1"), *norm_relu("bn1")),
        *(conv(width, 3, name="conv2"), BatchNorm(name="bn2")),
    ]


def bottleneck(width: int, strides: int, groups: int = 1, inner: int = 1) -> list[Layer]:
    """Make the branch of a bottleneck block: 1×1, 3×3 and 1×1 convolutions with batch norm.

    Args:
        width: The group's width. The block has four times as many output channels.
        strides: Strides of the 3×3 convolution.
        groups: Groups of the 3×3 convolution.
        inner: Filters of the first two convolutions, as a multiple of `width`.
    """
    return [
        *(conv(inner * width, 1, name="conv1"), *norm_relu("bn1")),
        *(conv(inner * width, 3, strides, groups=groups, name="conv2"), *norm_relu("bn2")),
        *(conv(EXPANSION * width, 1, name="conv3"), BatchNorm(name="bn3")),
    ]


def stem_layers(kind: str, width: int) -> tuple[Conv, list[Layer]]:
    """Make the first convolution of a residual network, and the pooling after it.

    Args:
        kind: ``"imagenet"``: 7×7 with stride 2, then max-pooling with stride 2; ``"small"``: 3×3
            with stride 1, and no pooling.
        width: Filters of the convolution.
    """
    check_choice("stem", kind, ("imagenet", "small"))
    if kind == "small":
        return conv(width, 3, name="conv1"), []
    return conv(width, 7, 2, name="conv1"), [MaxPool(3, 2, padding=1, name="maxpool")]


def output(num_classes: int) -> Dense:
    """Make the dense layer at the end."""
    check_int("num_classes", num_classes)
    return Dense(num_classes, kernel_init=LINEAR, name="fc")


def residual(branch: list[Layer], shortcut: list[Layer]) -> Layer:
    """Make a residual block with a ReLU after the sum."""
    return Sequential([Residual(branch, shortcut, name="residual"), Activation("relu")])
