"""Residual networks with batch norm and ReLU before each convolution, and the wide one."""

from collections.abc import Callable
from functools import partial

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import Dropout, GlobalAvgPool, Layer, Residual, Sequential
from jaxcnn.models._residual import conv, norm_relu, output, stem_layers


def preact_resnet18(num_classes: int = 1000, width: int = 64, stem: str = "imagenet") -> Sequential:
    """Make a preactivation ResNet-18: batch norm and ReLU come before each convolution.

    In a residual block, no activation follows the sum, so the sum reaches the next block unchanged.
    (In `resnet18`, a ReLU follows each sum.) In the first block of each group, batch norm and ReLU
    come before the two paths split. In all other blocks, batch norm and ReLU are only in the
    branch.

    The network is for images of 224×224×3 or any other size. With 1000 classes it has 11,687,720
    parameters, as many as timm's resnetv2_18. With 10 classes and the stem for small images, the
    network has 11,172,170 parameters. This network is the PreActResNet-18 that is commonly used for
    CIFAR. Some versions of PreActResNet-18 leave out the last batch norm, which has 1,024
    parameters.

    Args:
        num_classes: Number of outputs.
        width: Filters of the first group. Each later group has twice as many as the group before.
        stem: How the network begins. ``"imagenet"``: a 7×7 convolution and a max-pooling, which
            together reduce each side to a quarter. ``"small"``: a 3×3 convolution at full size, for
            images such as CIFAR's 32×32.

    Example:
        >>> preact_resnet18(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: He, Zhang, Ren and Sun 2016, *Identity Mappings in Deep Residual Networks*.
    """
    return _preact_resnet((2, 2, 2, 2), num_classes, width, stem, bottleneck=False)


def preact_resnet34(num_classes: int = 1000, width: int = 64, stem: str = "imagenet") -> Sequential:
    """Make a preactivation ResNet-34: 16 blocks with batch norm and ReLU before each convolution.

    The network is for images of 224×224×3 or any other size, and has 21,795,880 parameters with
    1000 classes.

    Args:
        num_classes: Number of outputs.
        width: Filters of the first group. Each later group has twice as many as the group before.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> preact_resnet34(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: He, Zhang, Ren and Sun 2016, *Identity Mappings in Deep Residual Networks*.
    """
    return _preact_resnet((3, 4, 6, 3), num_classes, width, stem, bottleneck=False)


def preact_resnet50(num_classes: int = 1000, width: int = 64, stem: str = "imagenet") -> Sequential:
    """Make a preactivation ResNet-50: 16 bottlenecks, batch norm and ReLU before each convolution.

    The network is for images of 224×224×3 or any other size, and has 25,549,352 parameters with
    1000 classes.

    Args:
        num_classes: Number of outputs.
        width: Filters of the first group. Each later group has twice as many as the group before.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> preact_resnet50(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: He, Zhang, Ren and Sun 2016, *Identity Mappings in Deep Residual Networks*.
    """
    return _preact_resnet((3, 4, 6, 3), num_classes, width, stem, bottleneck=True)


def _preact_resnet(
    blocks: tuple[int, ...], num_classes: int, width: int, kind: str, *, bottleneck: bool
) -> Sequential:
    check_int("width", width)
    first, shrink = stem_layers(kind, width)
    groups: list[list[Layer]] = []
    for index, times in enumerate(blocks):
        filters, strides = width * 2**index, 1 if index == 0 else 2
        branch, outputs = (_bottleneck, 4 * filters) if bottleneck else (_basic, filters)
        changes_shape = strides > 1 or bottleneck
        shortcut: list[Layer] = [conv(outputs, 1, strides)] if changes_shape else []
        groups.append(preact_group(branch, filters, times, strides, shortcut))
    return preact_network([first, *shrink], groups, num_classes)


def preact_group(
    branch: Callable[[int, int], list[Layer]],
    width: int,
    times: int,
    strides: int,
    shortcut: list[Layer],
) -> list[Layer]:
    """Make a group of blocks; the first activates before its paths split, the others in the branch.

    Args:
        branch: Makes the layers after the first activation from the filters and strides.
        width: Number of filters.
        times: Number of blocks.
        strides: Strides of the first block, which reduces the image.
        shortcut: Layers of the first block's shortcut.
    """
    before = norm_relu("bn1")
    first = Sequential([*before, Residual(branch(width, strides), shortcut, name="residual")])
    other = Sequential([Residual([*before, *branch(width, 1)], name="residual")])
    return [first, *[other] * (times - 1)]


def preact_network(first: list[Layer], groups: list[list[Layer]], num_classes: int) -> Sequential:
    """Join the first layers, the groups of blocks, a last activation, and the classifier."""
    return Sequential(
        [
            *first,
            *(Sequential(group, name=f"layer{i}") for i, group in enumerate(groups, start=1)),
            *(*norm_relu("bn"), GlobalAvgPool(name="avgpool"), output(num_classes)),
        ]
    )


def _basic(width: int, strides: int) -> list[Layer]:
    return [
        *(conv(width, 3, strides, name="conv1"), *norm_relu("bn2")),
        conv(width, 3, name="conv2"),
    ]


def _bottleneck(width: int, strides: int) -> list[Layer]:
    return [
        *(conv(width, 1, name="conv1"), *norm_relu("bn2")),
        *(conv(width, 3, strides, name="conv2"), *norm_relu("bn3")),
        conv(4 * width, 1, name="conv3"),
    ]


def wide_resnet_28_10(num_classes: int = 10, width: int = 160, dropout: float = 0.0) -> Sequential:
    """Make Wide ResNet 28-10 for CIFAR: 28 layers, ten times as wide as `resnet20`.

    The network is a preactivation network for images of 32×32×3 and has 36,479,194 parameters with
    10 classes. With f filters in the first of three groups (each later group has twice as many) and
    C classes, the number of parameters is::

        27·16 + 9 (16 f + 157 f²) + (16 f + 10 f²) + 2 (16 + 56 f) + (4 f + 1) C

    The terms count, in this order: the first convolution, the other 3×3 convolutions, the three 1×1
    convolutions in shortcuts, the batch norms, and the output.

    Args:
        num_classes: Number of outputs.
        width: Filters of the first group: 16 times the paper's widening factor.
        dropout: Share of the values dropped between the two convolutions of a block in training;
            the paper uses 0 and 0.3.

    Example:
        >>> wide_resnet_28_10().output_shape((32, 32, 3))
        (10,)

    Source: Zagoruyko and Komodakis 2016, *Wide Residual Networks*.
    """
    check_int("width", width)
    check_number("dropout", dropout, minimum=0, below=1)
    branch = partial(_branch, dropout=dropout)
    groups = [
        preact_group(branch, filters, 4, strides, shortcut=[conv(filters, 1, strides)])
        for filters, strides in [(width, 1), (2 * width, 2), (4 * width, 2)]
    ]
    return preact_network([conv(16, 3, name="conv1")], groups, num_classes)


def _branch(width: int, strides: int, dropout: float) -> list[Layer]:
    drop: list[Layer] = [Dropout(dropout)] if dropout else []
    return [
        *(conv(width, 3, strides, name="conv1"), *norm_relu("bn2"), *drop),
        conv(width, 3, name="conv2"),
    ]
