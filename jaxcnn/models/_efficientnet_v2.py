"""EfficientNetV2, whose first stages have Fused-MBConv blocks."""

from jaxcnn.layers import BatchNorm, Sequential
from jaxcnn.models._efficientnet_blocks import Stage, efficientnet

_NORM = BatchNorm(epsilon=1e-3)

# S is table 4 of the paper; M and L are in the authors' code.
_STAGES_S = (
    Stage(1, 3, 1, 24, 2, is_fused=True),
    Stage(4, 3, 2, 48, 4, is_fused=True),
    Stage(4, 3, 2, 64, 4, is_fused=True),
    Stage(4, 3, 2, 128, 6),
    Stage(6, 3, 1, 160, 9),
    Stage(6, 3, 2, 256, 15),
)
_STAGES_M = (
    Stage(1, 3, 1, 24, 3, is_fused=True),
    Stage(4, 3, 2, 48, 5, is_fused=True),
    Stage(4, 3, 2, 80, 5, is_fused=True),
    Stage(4, 3, 2, 160, 7),
    Stage(6, 3, 1, 176, 14),
    Stage(6, 3, 2, 304, 18),
    Stage(6, 3, 1, 512, 5),
)
_STAGES_L = (
    Stage(1, 3, 1, 32, 4, is_fused=True),
    Stage(4, 3, 2, 64, 7, is_fused=True),
    Stage(4, 3, 2, 96, 7, is_fused=True),
    Stage(4, 3, 2, 192, 10),
    Stage(6, 3, 1, 224, 19),
    Stage(6, 3, 2, 384, 25),
    Stage(6, 3, 1, 640, 7),
)


def efficientnet_v2_s(
    num_classes: int = 1000, dropout: float = 0.2, drop_path: float = 0.2, stem: str = "imagenet"
) -> Sequential:
    """Make EfficientNetV2-S: 40 blocks, the first ten of them Fused-MBConv.

    A Fused-MBConv block has one 3×3 convolution in place of a 1×1 and a depthwise convolution, and
    no squeeze and excitation. The network is for images of 384×384×3 and has 21,458,488 parameters
    with 1000 classes. Its layers have torchvision's names.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.
        drop_path: Share of examples for which a residual block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block towards this value at the
            last.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> efficientnet_v2_s(num_classes=10).output_shape((384, 384, 3))
        (10,)

    Source: Tan and Le 2021, *EfficientNetV2: Smaller Models and Faster Training*.
    """
    return efficientnet(num_classes, 24, _STAGES_S, 1280, dropout, drop_path, stem, _NORM)


def efficientnet_v2_m(
    num_classes: int = 1000, dropout: float = 0.3, drop_path: float = 0.2, stem: str = "imagenet"
) -> Sequential:
    """Make EfficientNetV2-M: 57 blocks, the first 13 of them Fused-MBConv.

    The network is for images of 480×480×3 and has 54,139,356 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.
        drop_path: Share of examples for which a residual block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block towards this value at the
            last.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> efficientnet_v2_m(num_classes=10).output_shape((480, 480, 3))
        (10,)

    Source: Tan and Le 2021, *EfficientNetV2: Smaller Models and Faster Training*.
    """
    return efficientnet(num_classes, 24, _STAGES_M, 1280, dropout, drop_path, stem, _NORM)


def efficientnet_v2_l(
    num_classes: int = 1000, dropout: float = 0.4, drop_path: float = 0.2, stem: str = "imagenet"
) -> Sequential:
    """Make EfficientNetV2-L: 79 blocks, the first 18 of them Fused-MBConv.

    The network is for images of 480×480×3 and has 118,515,272 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.
        drop_path: Share of examples for which a residual block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block towards this value at the
            last.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> efficientnet_v2_l(num_classes=10).output_shape((480, 480, 3))
        (10,)

    Source: Tan and Le 2021, *EfficientNetV2: Smaller Models and Faster Training*.
    """
    return efficientnet(num_classes, 32, _STAGES_L, 1280, dropout, drop_path, stem, _NORM)
