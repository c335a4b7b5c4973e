"""RegNetX: networks of one simple design."""

from jaxcnn.layers import Sequential
from jaxcnn.models._regnet import Design, regnet


def regnet_x_400mf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetX-400MF: 22 bottleneck blocks with convolutions in groups of 16 channels.

    A block has a 1×1, a 3×3 and a 1×1 convolution of one width; the 3×3 convolution has groups of
    16 channels. The paper chose the four depths and widths from many networks of the same
    design. The network is for images of 224×224×3 and has 5,495,976 parameters with 1000
    classes. Its layers have torchvision's names.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_x_400mf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(num_classes, Design((1, 2, 7, 12), (32, 64, 160, 400), 16), stem)


def regnet_x_800mf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetX-800MF: 16 bottleneck blocks with convolutions in groups of 16 channels.

    The network is for images of 224×224×3 and has 7,259,656 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_x_800mf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(num_classes, Design((1, 3, 7, 5), (64, 128, 288, 672), 16), stem)


def regnet_x_1_6gf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetX-1.6GF: 18 bottleneck blocks with convolutions in groups of 24 channels.

    The network is for images of 224×224×3 and has 9,190,136 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_x_1_6gf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(num_classes, Design((2, 4, 10, 2), (72, 168, 408, 912), 24), stem)


def regnet_x_3_2gf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetX-3.2GF: 25 bottleneck blocks with convolutions in groups of 48 channels.

    The network is for images of 224×224×3 and has 15,296,552 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_x_3_2gf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(num_classes, Design((2, 6, 15, 2), (96, 192, 432, 1008), 48), stem)


def regnet_x_8gf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetX-8GF: 23 bottleneck blocks with convolutions in groups of 120 channels.

    The network is for images of 224×224×3 and has 39,572,648 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_x_8gf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(num_classes, Design((2, 5, 15, 1), (80, 240, 720, 1920), 120), stem)


def regnet_x_16gf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetX-16GF: 22 bottleneck blocks with convolutions in groups of 128 channels.

    The network is for images of 224×224×3 and has 54,278,536 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_x_16gf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(num_classes, Design((2, 6, 13, 1), (256, 512, 896, 2048), 128), stem)


def regnet_x_32gf(num_classes: int = 1000, stem: str = "imagenet") -> Sequential:
    """Make RegNetX-32GF: 23 bottleneck blocks with convolutions in groups of 168 channels.

    The network is for images of 224×224×3 and has 107,811,560 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> regnet_x_32gf(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Radosavovic, Kosaraju, Girshick, He and Dollár 2020, *Designing Network Design Spaces*.
    """
    return regnet(num_classes, Design((2, 7, 13, 1), (336, 672, 1344, 2520), 168), stem)
