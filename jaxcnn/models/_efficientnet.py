"""EfficientNet: inverted residual blocks with squeeze and excitation, scaled in width and depth."""

import math

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import BatchNorm, Sequential
from jaxcnn.models._efficientnet_blocks import Stage, efficientnet
from jaxcnn.models._mobilenet import NORM, make_divisible

# Table 1 of the paper.
_STAGES = (
    Stage(1, 3, 1, 16, 1),
    Stage(6, 3, 2, 24, 2),
    Stage(6, 5, 2, 40, 2),
    Stage(6, 3, 2, 80, 3),
    Stage(6, 5, 1, 112, 3),
    Stage(6, 5, 2, 192, 4),
    Stage(6, 3, 1, 320, 1),
)
_NORM_OF_LARGE = BatchNorm(momentum=0.99, epsilon=1e-3)
"""B5 to B7 have these constants in torchvision, whose weights come from TensorFlow."""


def efficientnet_b0(
    num_classes: int = 1000,
    width: float = 1.0,
    depth: float = 1.0,
    dropout: float = 0.2,
    drop_path: float = 0.2,
    stem: str = "imagenet",
) -> Sequential:
    """Make EfficientNet-B0: inverted residual blocks with squeeze and excitation.

    The network is for images of 224×224×3 and has 5,288,548 parameters with 1000 classes. The
    layers have torchvision's names.

    Args:
        num_classes: Number of outputs.
        width: Factor by which all numbers of channels are multiplied. The products are rounded to
            multiples of 8.
        depth: Factor by which the number of blocks in each stage is multiplied. The product is
            rounded up.
        dropout: Share of the dense layer's inputs that is dropped in training.
        drop_path: Share of examples for which a residual block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block towards this value at the
            last.
        stem: How the network begins. ``"imagenet"``: a convolution that halves each side.
            ``"small"``: the same convolution at full size, for images such as CIFAR's 32×32.

    Example:
        >>> efficientnet_b0(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Tan and Le 2019, *EfficientNet: Rethinking Model Scaling for Convolutional Neural
    Networks*.
    """
    return _scaled(num_classes, width, depth, dropout, drop_path, stem)


def efficientnet_b1(
    num_classes: int = 1000, dropout: float = 0.2, drop_path: float = 0.2, stem: str = "imagenet"
) -> Sequential:
    """Make EfficientNet-B1: `efficientnet_b0` with depth 1.1.

    The network is for images of 240×240×3 and has 7,794,184 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.
        drop_path: Share of examples for which a residual block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block towards this value at the
            last.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> efficientnet_b1(num_classes=10).output_shape((240, 240, 3))
        (10,)

    Source: Tan and Le 2019, *EfficientNet: Rethinking Model Scaling for Convolutional Neural
    Networks*.
    """
    return _scaled(num_classes, 1.0, 1.1, dropout, drop_path, stem)


def efficientnet_b2(
    num_classes: int = 1000, dropout: float = 0.3, drop_path: float = 0.2, stem: str = "imagenet"
) -> Sequential:
    """Make EfficientNet-B2: `efficientnet_b0` with width 1.1 and depth 1.2.

    The network is for images of 288×288×3 and has 9,109,994 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.
        drop_path: Share of examples for which a residual block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block towards this value at the
            last.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> efficientnet_b2(num_classes=10).output_shape((288, 288, 3))
        (10,)

    Source: Tan and Le 2019, *EfficientNet: Rethinking Model Scaling for Convolutional Neural
    Networks*.
    """
    return _scaled(num_classes, 1.1, 1.2, dropout, drop_path, stem)


def efficientnet_b3(
    num_classes: int = 1000, dropout: float = 0.3, drop_path: float = 0.2, stem: str = "imagenet"
) -> Sequential:
    """Make EfficientNet-B3: `efficientnet_b0` with width 1.2 and depth 1.4.

    The network is for images of 300×300×3 and has 12,233,232 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.
        drop_path: Share of examples for which a residual block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block towards this value at the
            last.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> efficientnet_b3(num_classes=10).output_shape((300, 300, 3))
        (10,)

    Source: Tan and Le 2019, *EfficientNet: Rethinking Model Scaling for Convolutional Neural
    Networks*.
    """
    return _scaled(num_classes, 1.2, 1.4, dropout, drop_path, stem)


def efficientnet_b4(
    num_classes: int = 1000, dropout: float = 0.4, drop_path: float = 0.2, stem: str = "imagenet"
) -> Sequential:
    """Make EfficientNet-B4: `efficientnet_b0` with width 1.4 and depth 1.8.

    The network is for images of 380×380×3 and has 19,341,616 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.
        drop_path: Share of examples for which a residual block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block towards this value at the
            last.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> efficientnet_b4(num_classes=10).output_shape((380, 380, 3))
        (10,)

    Source: Tan and Le 2019, *EfficientNet: Rethinking Model Scaling for Convolutional Neural
    Networks*.
    """
    return _scaled(num_classes, 1.4, 1.8, dropout, drop_path, stem)


def efficientnet_b5(
    num_classes: int = 1000, dropout: float = 0.4, drop_path: float = 0.2, stem: str = "imagenet"
) -> Sequential:
    """Make EfficientNet-B5: `efficientnet_b0` with width 1.6 and depth 2.2.

    The network is for images of 456×456×3 and has 30,389,784 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.
        drop_path: Share of examples for which a residual block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block towards this value at the
            last.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> efficientnet_b5(num_classes=10).output_shape((456, 456, 3))
        (10,)

    Source: Tan and Le 2019, *EfficientNet: Rethinking Model Scaling for Convolutional Neural
    Networks*.
    """
    return _scaled(num_classes, 1.6, 2.2, dropout, drop_path, stem, _NORM_OF_LARGE)


def efficientnet_b6(
    num_classes: int = 1000, dropout: float = 0.5, drop_path: float = 0.2, stem: str = "imagenet"
) -> Sequential:
    """Make EfficientNet-B6: `efficientnet_b0` with width 1.8 and depth 2.6.

    The network is for images of 528×528×3 and has 43,040,704 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.
        drop_path: Share of examples for which a residual block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block towards this value at the
            last.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> efficientnet_b6(num_classes=10).output_shape((528, 528, 3))
        (10,)

    Source: Tan and Le 2019, *EfficientNet: Rethinking Model Scaling for Convolutional Neural
    Networks*.
    """
    return _scaled(num_classes, 1.8, 2.6, dropout, drop_path, stem, _NORM_OF_LARGE)


def efficientnet_b7(
    num_classes: int = 1000, dropout: float = 0.5, drop_path: float = 0.2, stem: str = "imagenet"
) -> Sequential:
    """Make EfficientNet-B7: `efficientnet_b0` with width 2 and depth 3.1.

    The network is for images of 600×600×3 and has 66,347,960 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.
        drop_path: Share of examples for which a residual block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block towards this value at the
            last.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> efficientnet_b7(num_classes=10).output_shape((600, 600, 3))
        (10,)

    Source: Tan and Le 2019, *EfficientNet: Rethinking Model Scaling for Convolutional Neural
    Networks*.
    """
    return _scaled(num_classes, 2.0, 3.1, dropout, drop_path, stem, _NORM_OF_LARGE)


def _scaled(
    num_classes: int,
    width: float,
    depth: float,
    dropout: float,
    drop_path: float,
    stem: str,
    norm: BatchNorm = NORM,
) -> Sequential:
    check_int("num_classes", num_classes)
    check_number("width", width, minimum=0)
    check_number("depth", depth, minimum=0)
    stages = [
        stage._replace(
            features=make_divisible(stage.features * width),
            depth=max(1, math.ceil(stage.depth * depth)),
        )
        for stage in _STAGES
    ]
    first, last = make_divisible(32 * width), 4 * stages[-1].features
    return efficientnet(num_classes, first, stages, last, dropout, drop_path, stem, norm)
