"""Residual networks whose blocks are wider inside: ResNeXt, and the wide ones for ImageNet."""

from functools import partial

from jaxcnn.layers import Sequential
from jaxcnn.models._residual import bottleneck, resnet


def resnext50_32x4d(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make ResNeXt-50 (32×4d): `resnet50` with grouped 3×3 convolutions.

    The 3×3 convolutions of the first group of blocks have 32 groups of 4 filters each; each later
    group of blocks has twice as many filters in as many groups. The network is for images of
    224×224×3 or any other size, and has 25,028,904 parameters with 1000 classes. Its layers have
    torchvision's names.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> resnext50_32x4d(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Xie, Girshick, Dollár, Tu and He 2017, *Aggregated Residual Transformations for Deep
    Neural Networks*.
    """
    return resnet((3, 4, 6, 3), num_classes, 64, stem, partial(bottleneck, groups=32, inner=2))


def resnext101_32x8d(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make ResNeXt-101 (32×8d): 33 bottleneck blocks with grouped 3×3 convolutions.

    The 3×3 convolutions have 32 groups, in the first blocks of 8 filters each. The network is for
    images of 224×224×3 or any other size, and has 88,791,336 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> resnext101_32x8d(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Xie, Girshick, Dollár, Tu and He 2017, *Aggregated Residual Transformations for Deep
    Neural Networks*.
    """
    return resnet((3, 4, 23, 3), num_classes, 64, stem, partial(bottleneck, groups=32, inner=4))


def resnext101_64x4d(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make ResNeXt-101 (64×4d): 33 bottleneck blocks with grouped 3×3 convolutions.

    The 3×3 convolutions have 64 groups, in the first blocks of 4 filters each. The network is for
    images of 224×224×3 or any other size, and has 83,455,272 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> resnext101_64x4d(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Xie, Girshick, Dollár, Tu and He 2017, *Aggregated Residual Transformations for Deep
    Neural Networks*.
    """
    return resnet((3, 4, 23, 3), num_classes, 64, stem, partial(bottleneck, groups=64, inner=4))


def wide_resnet50_2(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make Wide ResNet-50-2: `resnet50` with twice as many filters within its blocks.

    The first two convolutions of each block have twice as many filters as in `resnet50`. The last
    one has as many as there. The network is for images of 224×224×3 or any other size, and has
    68,883,240 parameters with 1000 classes. Its layers have torchvision's names.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> wide_resnet50_2(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Zagoruyko and Komodakis 2016, *Wide Residual Networks*.
    """
    return resnet((3, 4, 6, 3), num_classes, 64, stem, partial(bottleneck, inner=2))


def wide_resnet101_2(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make Wide ResNet-101-2: `resnet101` with twice as many filters within its blocks.

    The network is for images of 224×224×3 or any other size, and has 126,886,696 parameters with
    1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> wide_resnet101_2(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Zagoruyko and Komodakis 2016, *Wide Residual Networks*.
    """
    return resnet((3, 4, 23, 3), num_classes, 64, stem, partial(bottleneck, inner=2))
