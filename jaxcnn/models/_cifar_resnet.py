"""The residual networks for CIFAR-10."""

from jaxcnn._support.arguments import check_int
from jaxcnn.architecture import (
    Activation,
    AvgPool,
    GlobalAvgPool,
    Layer,
    Parallel,
    Rescale,
    Residual,
    Sequential,
)
from jaxcnn.models._residual import basic, conv, norm_relu, output


def resnet20(num_classes: int = 10, features: int = 16) -> Sequential:
    """Three groups of three blocks, at 32×32, 16×16 and 8×8 pixels, with few filters.

    For images of 32×32×3: 269,722 parameters with 10 classes. With n blocks a group, f filters
    in the first group (each later one has twice as many) and C classes there are::

        27 f + 9 f² (42 n - 10) + 2 f (1 + 14 n) + (4 f + 1) C

    of the first convolution, of the others, of the batch norms and of the output. The shortcuts
    have none: where the picture shrinks, they keep every second pixel and add channels of zeros
    (the paper's option A).

    Source: He, Zhang, Ren and Sun 2016, *Deep Residual Learning for Image Recognition*, 4.2.

    Args:
        num_classes: number of outputs.
        features: filters of the first group.
    """
    return _cifar_resnet(3, num_classes, features)


def resnet56(num_classes: int = 10, features: int = 16) -> Sequential:
    """As `resnet20`, with 9 blocks a group: 853,018 parameters with 10 classes."""
    return _cifar_resnet(9, num_classes, features)


def resnet110(num_classes: int = 10, features: int = 16) -> Sequential:
    """As `resnet20`, with 18 blocks a group: 1,727,962 parameters with 10 classes."""
    return _cifar_resnet(18, num_classes, features)


def _cifar_resnet(blocks: int, num_classes: int, features: int) -> Sequential:
    check_int("features", features)
    groups = [
        [_block(features, 1)] * blocks,
        [_block(2 * features, 2), *[_block(2 * features, 1)] * (blocks - 1)],
        [_block(4 * features, 2), *[_block(4 * features, 1)] * (blocks - 1)],
    ]
    return Sequential(
        [
            *(conv(features, 3, name="conv1"), *norm_relu("bn1")),
            *(Sequential(group, name=f"layer{i}") for i, group in enumerate(groups, start=1)),
            *(GlobalAvgPool(name="avgpool"), output(num_classes)),
        ]
    )


def _block(features: int, strides: int) -> Layer:
    every_second_pixel = AvgPool(1, strides)
    as_many_zeros = Parallel([Sequential([]), Rescale(0.0)], "concat")
    shortcut = [every_second_pixel, as_many_zeros] if strides > 1 else []
    branch = basic(features, strides)
    return Sequential([Residual(branch, shortcut, name="residual"), Activation("relu")])
