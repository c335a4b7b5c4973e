"""The CIFAR-10 speed-record networks."""

from collections.abc import Sequence

from jaxcnn.architecture import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    Layer,
    MaxPool,
    Rescale,
    Sequential,
    WhiteningConv,
)
from jaxcnn.architecture._checks import check_int


def airbench94(num_classes: int = 10, widths: tuple[int, int, int] = (64, 256, 256)) -> Sequential:
    """A whitening convolution and three groups of two convolutions.

    For images of 32×32×3. With the published widths and 10 classes it has 1,971,352 trained
    parameters, and 288 frozen ones in the whitening filters.

    Source: Jordan 2024, *94% on CIFAR-10 in 3.29 Seconds on a Single GPU*.

    Args:
        num_classes: number of outputs.
        widths: filters of the convolutions in each of the three groups.
    """
    check_int("num_classes", num_classes)
    groups = [layer for features in widths for layer in _group(features)]
    return Sequential(
        [
            WhiteningConv(2),
            Activation("gelu"),
            *groups,
            MaxPool(3),
            Flatten(),
            Dense(num_classes, use_bias=False),
            Rescale(1 / 9),
        ]
    )


def _group(features: int) -> Sequence[Layer]:
    conv = Conv(features, 3, use_bias=False, kernel_init="dirac")
    norm = BatchNorm(momentum=0.6, epsilon=1e-12, use_scale=False)
    return conv, MaxPool(2), norm, Activation("gelu"), conv, norm, Activation("gelu")
