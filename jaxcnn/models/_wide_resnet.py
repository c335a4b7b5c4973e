"""Wide residual networks."""

from functools import partial

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import Dropout, Layer, Sequential
from jaxcnn.models._preact_resnet import preact_group, preact_network
from jaxcnn.models._residual import conv, norm_relu


def wide_resnet_28_10(
    num_classes: int = 10, features: int = 160, dropout: float = 0.0
) -> Sequential:
    """A preactivation network for CIFAR of only 28 layers, ten times as wide as `resnet20`.

    For images of 32×32×3: 36,479,194 parameters with 10 classes. With f filters in the first
    of three groups (each later one has twice as many) and C classes there are::

        27·16 + 9 (16 f + 157 f²) + (16 f + 10 f²) + 2 (16 + 56 f) + (4 f + 1) C

    of the first convolution, of the other 3×3 convolutions, of the three 1×1 convolutions in
    shortcuts, of the batch norms and of the output.

    Source: Zagoruyko and Komodakis 2016, *Wide Residual Networks*.

    Args:
        num_classes: number of outputs.
        features: filters of the first group: 16 times the paper's widening factor.
        dropout: share of the values that are dropped between the two convolutions of a block;
            the paper has 0 and 0.3.
    """
    check_int("features", features)
    check_number("dropout", dropout, minimum=0, below=1)
    branch = partial(_branch, dropout=dropout)
    groups = [
        preact_group(branch, filters, 4, strides, shortcut=[conv(filters, 1, strides)])
        for filters, strides in [(features, 1), (2 * features, 2), (4 * features, 2)]
    ]
    return preact_network([conv(16, 3, name="conv1")], groups, num_classes)


def _branch(features: int, strides: int, dropout: float) -> list[Layer]:
    drop: list[Layer] = [Dropout(dropout)] if dropout else []
    return [
        *(conv(features, 3, strides, name="conv1"), *norm_relu("bn2"), *drop),
        conv(features, 3, name="conv2"),
    ]
