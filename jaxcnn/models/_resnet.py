"""Residual networks for ImageNet and for CIFAR-10, and the building blocks of residual networks."""

from jaxcnn._support.arguments import check_choice, check_int
from jaxcnn.layers import (
    Activation,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Parallel,
    Rescale,
    Residual,
    Sequential,
)
from jaxcnn.models._torchvision import FAN_OUT, LINEAR


def resnet18(num_classes: int = 1000, width: int = 64, stem: str = "imagenet") -> Sequential:
    """Make ResNet-18: four groups of two residual blocks, each with two 3×3 convolutions.

    A block adds its input to the output of its convolutions. The network is for images of 224×224×3
    or any other size. The sides need not be multiples of 32. With 1000 classes it has 11,689,512
    parameters. Its layers have torchvision's names, and its kernels are initialized as in
    torchvision.

    Args:
        num_classes: Number of outputs.
        width: Filters of the first group. Each later group has twice as many as the group before.
        stem: How the network begins. ``"imagenet"``: a 7×7 convolution and a max-pooling, which
            together reduce each side to a quarter. ``"small"``: a 3×3 convolution at full size, for
            images such as CIFAR's 32×32.

    Example:
        >>> resnet18(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: He, Zhang, Ren and Sun 2016, *Deep Residual Learning for Image Recognition*.
    """
    return _resnet((2, 2, 2, 2), num_classes, width, stem, bottleneck=False)


def resnet34(num_classes: int = 1000, width: int = 64, stem: str = "imagenet") -> Sequential:
    """Make ResNet-34: 16 residual blocks, each with two 3×3 convolutions.

    The network is for images of 224×224×3 or any other size, and has 21,797,672 parameters with
    1000 classes.

    Args:
        num_classes: Number of outputs.
        width: Filters of the first group. Each later group has twice as many as the group before.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> resnet34(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: He, Zhang, Ren and Sun 2016, *Deep Residual Learning for Image Recognition*.
    """
    return _resnet((3, 4, 6, 3), num_classes, width, stem, bottleneck=False)


def resnet50(num_classes: int = 1000, width: int = 64, stem: str = "imagenet") -> Sequential:
    """Make ResNet-50: 16 bottleneck blocks of 1×1, 3×3 and 1×1 convolutions.

    The last convolution of a block has four times as many channels as the first two. In a block
    that reduces the image, the 3×3 convolution has the stride, as in torchvision. In the paper, the
    first 1×1 convolution has the stride. The network is for images of 224×224×3 or any other size,
    and has 25,557,032 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        width: Filters of the first group. Each later group has twice as many as the group before.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> resnet50(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: He, Zhang, Ren and Sun 2016, *Deep Residual Learning for Image Recognition*.
    """
    return _resnet((3, 4, 6, 3), num_classes, width, stem, bottleneck=True)


def resnet101(num_classes: int = 1000, width: int = 64, stem: str = "imagenet") -> Sequential:
    """Make ResNet-101: 33 bottleneck blocks of 1×1, 3×3 and 1×1 convolutions.

    The network is for images of 224×224×3 or any other size, and has 44,549,160 parameters with
    1000 classes.

    Args:
        num_classes: Number of outputs.
        width: Filters of the first group. Each later group has twice as many as the group before.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> resnet101(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: He, Zhang, Ren and Sun 2016, *Deep Residual Learning for Image Recognition*.
    """
    return _resnet((3, 4, 23, 3), num_classes, width, stem, bottleneck=True)


def resnet152(num_classes: int = 1000, width: int = 64, stem: str = "imagenet") -> Sequential:
    """Make ResNet-152: 50 bottleneck blocks of 1×1, 3×3 and 1×1 convolutions.

    The network is for images of 224×224×3 or any other size, and has 60,192,808 parameters with
    1000 classes.

    Args:
        num_classes: Number of outputs.
        width: Filters of the first group. Each later group has twice as many as the group before.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> resnet152(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: He, Zhang, Ren and Sun 2016, *Deep Residual Learning for Image Recognition*.
    """
    return _resnet((3, 8, 36, 3), num_classes, width, stem, bottleneck=True)


def _resnet(
    blocks: tuple[int, ...], num_classes: int, width: int, kind: str, *, bottleneck: bool
) -> Sequential:
    check_int("width", width)
    first, shrink = stem_layers(kind, width)
    groups = [
        _group(width * 2**index, times, strides=1 if index == 0 else 2, bottleneck=bottleneck)
        for index, times in enumerate(blocks)
    ]
    return Sequential(
        [
            *(first, *norm_relu("bn1"), *shrink),
            *(Sequential(group, name=f"layer{i}") for i, group in enumerate(groups, start=1)),
            *(GlobalAvgPool(name="avgpool"), output(num_classes)),
        ]
    )


def _group(width: int, times: int, *, strides: int, bottleneck: bool) -> list[Layer]:
    branch, outputs = (_bottleneck, 4 * width) if bottleneck else (basic, width)
    # The first group of basic blocks keeps the input's shape, so its shortcut is empty.
    changes_shape = strides > 1 or bottleneck
    shortcut = [conv(outputs, 1, strides), BatchNorm()] if changes_shape else []
    first = _block(branch(width, strides), shortcut)
    return [first, *[_block(branch(width, 1), [])] * (times - 1)]


def _block(branch: list[Layer], shortcut: list[Layer]) -> Layer:
    return Sequential([Residual(branch, shortcut, name="residual"), Activation("relu")])


def _bottleneck(width: int, strides: int) -> list[Layer]:
    return [
        *(conv(width, 1, name="conv1"), *norm_relu("bn1")),
        *(conv(width, 3, strides, name="conv2"), *norm_relu("bn2")),
        *(conv(4 * width, 1, name="conv3"), BatchNorm(name="bn3")),
    ]


def resnet20(num_classes: int = 10, width: int = 16) -> Sequential:
    """Make ResNet-20 for CIFAR: three groups of three residual blocks with few filters.

    The groups work at 32×32, 16×16 and 8×8 pixels. The network is for images of 32×32×3 and has
    269,722 parameters with 10 classes. With n blocks per group, f filters in the first group (each
    later group has twice as many) and C classes, the number of parameters is::

        27 f + 9 f² (42 n - 10) + 2 f (1 + 14 n) + (4 f + 1) C

    The terms count, in this order: the first convolution, the other convolutions, the batch norms,
    and the output. The shortcuts have no parameters: where the image is reduced, they keep every
    second pixel and add channels of zeros (the paper's option A).

    Args:
        num_classes: Number of outputs.
        width: Filters of the first group.

    Example:
        >>> resnet20().output_shape((32, 32, 3))
        (10,)

    Source: He, Zhang, Ren and Sun 2016, *Deep Residual Learning for Image Recognition*, 4.2.
    """
    return _cifar_resnet(3, num_classes, width)


def resnet56(num_classes: int = 10, width: int = 16) -> Sequential:
    """Make ResNet-56 for CIFAR: three groups of nine residual blocks with few filters.

    The network is for images of 32×32×3 and has 853,018 parameters with 10 classes.

    Args:
        num_classes: Number of outputs.
        width: Filters of the first group. Each later group has twice as many as the group before.

    Example:
        >>> resnet56().output_shape((32, 32, 3))
        (10,)

    Source: He, Zhang, Ren and Sun 2016, *Deep Residual Learning for Image Recognition*, 4.2.
    """
    return _cifar_resnet(9, num_classes, width)


def resnet110(num_classes: int = 10, width: int = 16) -> Sequential:
    """Make ResNet-110 for CIFAR: three groups of 18 residual blocks with few filters.

    The network is for images of 32×32×3 and has 1,727,962 parameters with 10 classes.

    Args:
        num_classes: Number of outputs.
        width: Filters of the first group. Each later group has twice as many as the group before.

    Example:
        >>> resnet110().output_shape((32, 32, 3))
        (10,)

    Source: He, Zhang, Ren and Sun 2016, *Deep Residual Learning for Image Recognition*, 4.2.
    """
    return _cifar_resnet(18, num_classes, width)


def _cifar_resnet(blocks: int, num_classes: int, width: int) -> Sequential:
    check_int("width", width)
    groups = [
        [_cifar_block(width, 1)] * blocks,
        [_cifar_block(2 * width, 2), *[_cifar_block(2 * width, 1)] * (blocks - 1)],
        [_cifar_block(4 * width, 2), *[_cifar_block(4 * width, 1)] * (blocks - 1)],
    ]
    return Sequential(
        [
            *(conv(width, 3, name="conv1"), *norm_relu("bn1")),
            *(Sequential(group, name=f"layer{i}") for i, group in enumerate(groups, start=1)),
            *(GlobalAvgPool(name="avgpool"), output(num_classes)),
        ]
    )


def _cifar_block(width: int, strides: int) -> Layer:
    every_second_pixel = AvgPool(1, strides)
    as_many_zeros = Parallel([Sequential([]), Rescale(0.0)], "concat")
    shortcut = [every_second_pixel, as_many_zeros] if strides > 1 else []
    branch = basic(width, strides)
    return Sequential([Residual(branch, shortcut, name="residual"), Activation("relu")])


def conv(width: int, kernel_size: int, strides: int = 1, *, name: str | None = None) -> Conv:
    """Make a convolution without bias, padded by half its kernel on all sides."""
    return Conv(
        width,
        kernel_size,
        strides,
        padding=kernel_size // 2,
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
