"""Residual networks for CIFAR-10."""

from jaxcnn._support.arguments import check_int
from jaxcnn.layers import AvgPool, GlobalAvgPool, Layer, Parallel, Rescale, Sequential
from jaxcnn.models._residual import basic, conv, norm_relu, output, residual


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
    return residual(basic(width, strides), shortcut)
