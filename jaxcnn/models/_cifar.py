"""Networks made for CIFAR-10: those of the speed record, and one with few parameters."""

from collections.abc import Callable, Sequence

from jaxcnn._support.arguments import check_int, check_tuple_of_ints
from jaxcnn.layers import (
    Activation,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalMaxPool,
    Layer,
    MaxPool,
    Rescale,
    Residual,
    Sequential,
    WhiteningConv,
)


def airbench94(num_classes: int = 10, widths: tuple[int, int, int] = (64, 256, 256)) -> Sequential:
    """Make airbench94, a CIFAR-10 network built for fast training to 94% accuracy.

    The network has a whitening convolution and three groups of two convolutions. The network is for
    images of 32×32×3. With the published widths and 10 classes it has 1,971,352 trained parameters,
    and 288 frozen parameters in the whitening filters. Its GELU is the tanh approximation. (The
    author's code uses the exact GELU; the two differ by up to 5e-4.)

    Args:
        num_classes: Number of outputs.
        widths: Filters of the convolutions in each of the three groups.

    Example:
        >>> airbench94().output_shape((32, 32, 3))
        (10,)

    Source: Jordan 2024, *94% on CIFAR-10 in 3.29 Seconds on a Single GPU*.
    """
    return _airbench(num_classes, widths, _group)


def airbench96(num_classes: int = 10, widths: tuple[int, int, int] = (128, 512, 512)) -> Sequential:
    """Make airbench96, a CIFAR-10 network built for fast training to 96% accuracy.

    The network has a whitening convolution and three groups of three convolutions. In each group, a
    residual connection spans the last two convolutions. The network is for images of 32×32×3. With
    widths a, b, c and n classes, the network has
    ``24 + 9 (24 a + 2 a² + a b + 2 b² + b c + 2 c²) + 3 (a + b + c) + c n`` trained parameters:
    12,717,464 with the published widths and 10 classes. The whitening filters have 288 more
    parameters, which are frozen.

    As in the author's latest code, the last activation of a group comes after the sum, and the
    running statistics move a tenth of the way to the batch's statistics at each step. The GELU is
    the tanh approximation, which differs by up to 5e-4 from the exact GELU.

    Args:
        num_classes: Number of outputs.
        widths: Filters of the convolutions in each of the three groups.

    Example:
        >>> airbench96().output_shape((32, 32, 3))
        (10,)

    Source: Jordan 2024, *94% on CIFAR-10 in 3.29 Seconds on a Single GPU*, section 4.
    """
    return _airbench(num_classes, widths, _residual_group)


def _airbench(
    num_classes: int, widths: tuple[int, int, int], group: Callable[[int], Sequence[Layer]]
) -> Sequential:
    check_int("num_classes", num_classes)
    check_tuple_of_ints("widths", widths)
    if len(widths) != 3:
        raise ValueError(f"widths: expected one per group (3), got {widths}")
    return Sequential(
        [
            WhiteningConv(2),
            Activation("gelu"),
            *(layer for features in widths for layer in group(features)),
            MaxPool(3),
            Flatten(),
            Dense(num_classes, use_bias=False),
            Rescale(1 / 9),
        ]
    )


def _group(features: int) -> Sequence[Layer]:
    conv, norm, gelu = _conv(features), _norm(momentum=0.6), Activation("gelu")
    return conv, MaxPool(2), norm, gelu, conv, norm, gelu


def _residual_group(features: int) -> Sequence[Layer]:
    conv, norm, gelu = _conv(features), _norm(momentum=0.9), Activation("gelu")
    return conv, MaxPool(2), norm, gelu, Residual([conv, norm, gelu, conv, norm]), gelu


def _conv(features: int) -> Conv:
    return Conv(features, 3, use_bias=False, kernel_init="dirac")


def _norm(momentum: float) -> BatchNorm:
    return BatchNorm(momentum=momentum, epsilon=1e-12, use_scale=False)


def cifar_small(num_classes: int = 10, widths: tuple[int, int, int] = (40, 64, 128)) -> Sequential:
    """Make a small CIFAR-10 network: six convolutions with few parameters and MACs.

    For images of 32×32×3 and 10 classes, the network has 299,152 parameters and takes 11.6 million
    multiply-accumulates. The first convolution halves the image (4×4 kernels, stride 2), because
    convolutions at full size cost most and detect only colors and edges. The other five are 3×3
    convolutions at 16×16, 8×8 and 4×4 pixels. Before the second and the third pair of convolutions,
    average pooling halves the image. Average pooling is used because its gradient is cheap. As in
    the airbench networks, filters are initialized to the identity, batch norm trains an offset but
    no factor, and the first class scores are small.

    Args:
        num_classes: Number of outputs.
        widths: Filters of the first two convolutions, of the next two and of the last two. The
            image is halved before the second and the third pair.

    Example:
        >>> cifar_small().output_shape((32, 32, 3))
        (10,)
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


def _norm_gelu() -> Sequence[Layer]:
    return BatchNorm(momentum=0.6, use_scale=False), Activation("gelu")
