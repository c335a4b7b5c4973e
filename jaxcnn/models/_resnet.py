"""Residual networks for ImageNet."""

from jaxcnn.layers import Sequential
from jaxcnn.models._residual import basic, bottleneck, resnet


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
    return resnet((2, 2, 2, 2), num_classes, width, stem, branch=basic)


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
    return resnet((3, 4, 6, 3), num_classes, width, stem, branch=basic)


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
    return resnet((3, 4, 6, 3), num_classes, width, stem, branch=bottleneck)


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
    return resnet((3, 4, 23, 3), num_classes, width, stem, branch=bottleneck)


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
    return resnet((3, 8, 36, 3), num_classes, width, stem, branch=bottleneck)
