"""The residual networks for ImageNet."""

from jaxcnn._support.arguments import check_int
from jaxcnn.architecture import (
    Activation,
    BatchNorm,
    GlobalAvgPool,
    Layer,
    Residual,
    Sequential,
)
from jaxcnn.models._residual import basic, conv, norm_relu, output, stem_layers


def resnet18(num_classes: int = 1000, features: int = 64, stem: str = "imagenet") -> Sequential:
    """Four groups of blocks, each block two 3×3 convolutions whose sum with the input it gives.

    For images of 224×224×3, or any others: the sizes need not be multiples of 32. With 1000
    classes it has 11,689,512 parameters. Names and first kernels are torchvision's.

    Source: He, Zhang, Ren and Sun 2016, *Deep Residual Learning for Image Recognition*.

    Args:
        num_classes: number of outputs.
        features: filters of the first group; each later group has twice those of the one before.
        stem: how the network begins: ``"imagenet"``, a 7×7 convolution and a max-pooling that
            leave a quarter of each side; or ``"small"``, a 3×3 convolution at full size, for
            images such as CIFAR's 32×32.
    """
    return _resnet((2, 2, 2, 2), num_classes, features, stem, bottleneck=False)


def resnet34(num_classes: int = 1000, features: int = 64, stem: str = "imagenet") -> Sequential:
    """As `resnet18`, with 16 blocks instead of 8: 21,797,672 parameters with 1000 classes."""
    return _resnet((3, 4, 6, 3), num_classes, features, stem, bottleneck=False)


def resnet50(num_classes: int = 1000, features: int = 64, stem: str = "imagenet") -> Sequential:
    """As `resnet18`, with 16 bottlenecks: 1×1, 3×3 and 1×1, which gives four times the channels.

    With 1000 classes it has 25,557,032 parameters. A block that shrinks the picture does so in
    its 3×3 convolution, as in torchvision, where the paper does in the 1×1 before.
    """
    return _resnet((3, 4, 6, 3), num_classes, features, stem, bottleneck=True)


def resnet101(num_classes: int = 1000, features: int = 64, stem: str = "imagenet") -> Sequential:
    """As `resnet50`, with 33 bottlenecks: 44,549,160 parameters with 1000 classes."""
    return _resnet((3, 4, 23, 3), num_classes, features, stem, bottleneck=True)


def resnet152(num_classes: int = 1000, features: int = 64, stem: str = "imagenet") -> Sequential:
    """As `resnet50`, with 50 bottlenecks: 60,192,808 parameters with 1000 classes."""
    return _resnet((3, 8, 36, 3), num_classes, features, stem, bottleneck=True)


def _resnet(
    blocks: tuple[int, ...], num_classes: int, features: int, kind: str, *, bottleneck: bool
) -> Sequential:
    check_int("features", features)
    first, shrink = stem_layers(kind, features)
    groups = [
        _group(features * 2**index, times, strides=1 if index == 0 else 2, bottleneck=bottleneck)
        for index, times in enumerate(blocks)
    ]
    return Sequential(
        [
            *(first, *norm_relu("bn1"), *shrink),
            *(Sequential(group, name=f"layer{i}") for i, group in enumerate(groups, start=1)),
            *(GlobalAvgPool(name="avgpool"), output(num_classes)),
        ]
    )


def _group(features: int, times: int, *, strides: int, bottleneck: bool) -> list[Layer]:
    branch, outputs = (_bottleneck, 4 * features) if bottleneck else (basic, features)
    # The first group of basic blocks keeps the shape that it is given: its shortcut is empty.
    changes_shape = strides > 1 or bottleneck
    shortcut = [conv(outputs, 1, strides), BatchNorm()] if changes_shape else []
    first = _block(branch(features, strides), shortcut)
    return [first, *[_block(branch(features, 1), [])] * (times - 1)]


def _block(branch: list[Layer], shortcut: list[Layer]) -> Layer:
    return Sequential([Residual(branch, shortcut, name="residual"), Activation("relu")])


def _bottleneck(features: int, strides: int) -> list[Layer]:
    return [
        *(conv(features, 1, name="conv1"), *norm_relu("bn1")),
        *(conv(features, 3, strides, name="conv2"), *norm_relu("bn2")),
        *(conv(4 * features, 1, name="conv3"), BatchNorm(name="bn3")),
    ]
