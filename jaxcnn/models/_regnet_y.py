"""RegNetY: networks of one simple design, with squeeze and excitation."""

from jaxcnn.layers import Sequential
from jaxcnn.models._regnet import Design, regnet


def regnet_y_400mf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetY-400MF: 16 bottleneck blocks with convolutions in groups of 8 channels.

    A block has a 1×1, a 3×3 and a 1×1 convolution of one width; the 3×3 convolution has groups of 8
    channels. The paper chose the four depths and widths from many networks of the same design.
    Each block has squeeze and excitation. The network is for images of 224×224×3 and has
    4,344,144 parameters with 1000 classes. Its layers have torchvision's names.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_y_400mf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(num_classes, Design((1, 3, 6, 6), (48, 104, 208, 440), 8, has_squeeze=True), stem)


def regnet_y_800mf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetY-800MF: 14 bottleneck blocks with convolutions in groups of 16 channels.

    The network is for images of 224×224×3 and has 6,432,512 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_y_800mf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(
        num_classes, Design((1, 3, 8, 2), (64, 144, 320, 784), 16, has_squeeze=True), stem
    )


def regnet_y_1_6gf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetY-1.6GF: 27 bottleneck blocks with convolutions in groups of 24 channels.

    The network is for images of 224×224×3 and has 11,202,430 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_y_1_6gf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(
        num_classes, Design((2, 6, 17, 2), (48, 120, 336, 888), 24, has_squeeze=True), stem
    )


def regnet_y_3_2gf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetY-3.2GF: 21 bottleneck blocks with convolutions in groups of 24 channels.

    The network is for images of 224×224×3 and has 19,436,338 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_y_3_2gf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(
        num_classes, Design((2, 5, 13, 1), (72, 216, 576, 1512), 24, has_squeeze=True), stem
    )


def regnet_y_8gf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetY-8GF: 17 bottleneck blocks with convolutions in groups of 56 channels.

    The network is for images of 224×224×3 and has 39,381,472 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_y_8gf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(
        num_classes, Design((2, 4, 10, 1), (224, 448, 896, 2016), 56, has_squeeze=True), stem
    )


def regnet_y_16gf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetY-16GF: 18 bottleneck blocks with convolutions in groups of 112 channels.

    The network is for images of 224×224×3 and has 83,590,140 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_y_16gf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(
        num_classes, Design((2, 4, 11, 1), (224, 448, 1232, 3024), 112, has_squeeze=True), stem
    )


def regnet_y_32gf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetY-32GF: 20 bottleneck blocks with convolutions in groups of 232 channels.

    The network is for images of 224×224×3 and has 145,046,770 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_y_32gf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(
        num_classes, Design((2, 5, 12, 1), (232, 696, 1392, 3712), 232, has_squeeze=True), stem
    )


def regnet_y_128gf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetY-128GF: 27 bottleneck blocks with convolutions in groups of 264 channels.

    The network is for images of 224×224×3 and has 644,812,894 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_y_128gf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(
        num_classes, Design((2, 7, 17, 1), (528, 1056, 2904, 7392), 264, has_squeeze=True), stem
    )
