"""A small network for 32×32 images: few parameters, high accuracy for its arithmetic."""

from collections.abc import Sequence

from jaxcnn._support.arguments import check_int
from jaxcnn.architecture import (
    Activation,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    GlobalMaxPool,
    Layer,
    Rescale,
    Sequential,
)


def cifar_small(num_classes: int = 10, widths: tuple[int, int, int] = (40, 64, 128)) -> Sequential:
    """A patch convolution, then five 3×3 convolutions at 16×16, 8×8 and 4×4 pixels.

    For images of 32×32×3: 299,152 parameters and 11.6 million multiply-accumulates with 10
    classes. The first convolution halves the picture at once (4×4 patches, stride 2), since
    convolutions at full size cost most and see only colours and edges. Pooling before each later
    pair takes means, whose gradient is cheap. What the airbench networks found is kept:
    filters that start as the identity, batch norm with an offset alone, and scores that start
    small.

    Args:
        num_classes: number of outputs.
        widths: filters of the first two convolutions, of the next two and of the last two. The
            picture shrinks before the second and the third pair.
    """
    check_int("num_classes", num_classes)
    first, *rest = widths
    patches = Conv(first, 4, strides=2, padding=1, use_bias=False, kernel_init="orthogonal")
    groups = [layer for features in rest for layer in _shrinking_group(features)]
    return Sequential(
        [
            *(patches, *_norm_gelu()),
            *(_conv(first), *_norm_gelu()),
            *groups,
            GlobalMaxPool(),
            Dense(num_classes, use_bias=False),
            Rescale(1 / 9),
        ]
    )


def _shrinking_group(features: int) -> Sequence[Layer]:
    conv = _conv(features)
    return (AvgPool(2), conv, *_norm_gelu(), conv, *_norm_gelu())


def _conv(features: int) -> Conv:
    return Conv(features, 3, use_bias=False, kernel_init="dirac")


def _norm_gelu() -> Sequence[Layer]:
    return BatchNorm(momentum=0.6, use_scale=False), Activation("gelu")
