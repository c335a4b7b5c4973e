"""ConvNeXt: a convolutional network with the design of a vision transformer."""

from collections.abc import Iterator

from jaxcnn._support.arguments import check_int, check_number, check_tuple_of_ints
from jaxcnn.layers import (
    Activation,
    Conv,
    Dense,
    DepthwiseConv,
    DropPath,
    Flatten,
    GlobalAvgPool,
    Layer,
    LayerNorm,
    LayerScale,
    Residual,
    Sequential,
)

KERNEL_INIT = ("truncated_normal", 0.02)


def convnext_tiny(
    num_classes: int = 1000,
    widths: tuple[int, ...] = (96, 192, 384, 768),
    depths: tuple[int, ...] = (3, 3, 9, 3),
    drop_path: float = 0.1,
    patch_size: int = 4,
) -> Sequential:
    """Make ConvNeXt-T: four stages of 7×7 depthwise convolutions and dense layers at each pixel.

    The network is for images of 224×224×3 and has 28,589,128 parameters with 1000 classes.
    Convolutions on patches that do not overlap make the image smaller: 4×4 at the start, 2×2
    between the stages. The layers have torchvision's names.

    Args:
        num_classes: Number of outputs.
        widths: Channels in each stage.
        depths: Blocks in each stage.
        drop_path: Share of examples for which the last block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block to this value at the last.
        patch_size: Side of the patches at the start. Use 2 or 1 for images such as CIFAR's 32×32.

    Raises:
        ValueError: If `widths` and `depths` have different lengths, or an argument is out of range.

    Example:
        >>> convnext_tiny(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Liu, Mao, Wu, Feichtenhofer, Darrell and Xie 2022, *A ConvNet for the 2020s*.
    """
    return _convnext(num_classes, widths, depths, drop_path, patch_size)


def convnext_small(
    num_classes: int = 1000, drop_path: float = 0.4, patch_size: int = 4
) -> Sequential:
    """Make ConvNeXt-S: `convnext_tiny` with 27 blocks in its third stage.

    The network is for images of 224×224×3 and has 50,223,688 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        drop_path: Share of examples for which the last block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block to this value at the last.
        patch_size: Side of the patches at the start. Use 2 or 1 for images such as CIFAR's 32×32.

    Example:
        >>> convnext_small(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Liu, Mao, Wu, Feichtenhofer, Darrell and Xie 2022, *A ConvNet for the 2020s*.
    """
    return _convnext(num_classes, (96, 192, 384, 768), (3, 3, 27, 3), drop_path, patch_size)


def convnext_base(
    num_classes: int = 1000, drop_path: float = 0.5, patch_size: int = 4
) -> Sequential:
    """Make ConvNeXt-B: `convnext_small` with 128 channels in the first stage.

    The network is for images of 224×224×3 and has 88,591,464 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        drop_path: Share of examples for which the last block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block to this value at the last.
        patch_size: Side of the patches at the start. Use 2 or 1 for images such as CIFAR's 32×32.

    Example:
        >>> convnext_base(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Liu, Mao, Wu, Feichtenhofer, Darrell and Xie 2022, *A ConvNet for the 2020s*.
    """
    return _convnext(num_classes, (128, 256, 512, 1024), (3, 3, 27, 3), drop_path, patch_size)


def convnext_large(
    num_classes: int = 1000, drop_path: float = 0.5, patch_size: int = 4
) -> Sequential:
    """Make ConvNeXt-L: `convnext_small` with 192 channels in the first stage.

    The network is for images of 224×224×3 and has 197,767,336 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        drop_path: Share of examples for which the last block is skipped in training (stochastic
            depth). The share grows linearly from 0 at the first block to this value at the last.
        patch_size: Side of the patches at the start. Use 2 or 1 for images such as CIFAR's 32×32.

    Example:
        >>> convnext_large(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Liu, Mao, Wu, Feichtenhofer, Darrell and Xie 2022, *A ConvNet for the 2020s*.
    """
    return _convnext(num_classes, (192, 384, 768, 1536), (3, 3, 27, 3), drop_path, patch_size)


def _convnext(
    num_classes: int,
    widths: tuple[int, ...],
    depths: tuple[int, ...],
    drop_path: float,
    patch_size: int,
) -> Sequential:
    check_int("num_classes", num_classes)
    check_tuple_of_ints("widths", widths)
    check_tuple_of_ints("depths", depths)
    check_number("drop_path", drop_path, minimum=0, below=1)
    check_int("patch_size", patch_size)
    if len(widths) != len(depths):
        raise ValueError(f"depths: expected one per stage, as in widths {widths}, got {depths}")
    stem = Sequential([_patch_conv(widths[0], patch_size), LayerNorm()])
    classifier = [LayerNorm(), Flatten(), Dense(num_classes, kernel_init=KERNEL_INIT)]
    return Sequential(
        [
            Sequential([stem, *_stages(widths, depths, drop_path)], name="features"),
            GlobalAvgPool(),
            Sequential(classifier, name="classifier"),
        ]
    )


def _stages(
    widths: tuple[int, ...], depths: tuple[int, ...], drop_path: float
) -> Iterator[Sequential]:
    """Yield the stages, and between them the layers that reduce the image."""
    number, last = 0, max(1, sum(depths) - 1)
    for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        if stage:
            yield Sequential([LayerNorm(), _patch_conv(width, 2)])
        rates = [drop_path * (number + index) / last for index in range(depth)]
        yield Sequential(_block(width, rate) for rate in rates)
        number += depth


def _patch_conv(width: int, size: int) -> Conv:
    return Conv(width, size, size, padding=0, kernel_init=KERNEL_INIT)


def _block(width: int, drop_path: float) -> Layer:
    # The names are torchvision's indices; it has transpositions at 1 and 6.
    block = Sequential(
        [
            DepthwiseConv(7, padding=3, kernel_init=KERNEL_INIT, name="0"),
            LayerNorm(name="2"),
            Dense(4 * width, kernel_init=KERNEL_INIT, name="3"),
            Activation("exact_gelu", name="4"),
            Dense(width, kernel_init=KERNEL_INIT, name="5"),
        ],
        name="block",
    )
    layers = [block, LayerScale(1e-6, name="layer_scale"), DropPath(drop_path)]
    return Sequential([Residual(layers, name="residual")])
