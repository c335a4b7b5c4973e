"""GoogLeNet: inception modules, which concatenate convolutions of several sizes."""

from typing import NamedTuple

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Parallel,
    Sequential,
)

_NORM = BatchNorm(epsilon=1e-3, name="bn")


class _Inception(NamedTuple):
    """A row of the paper's table 1: the filters of an inception module."""

    ones: int
    threes_reduced: int
    threes: int
    fives_reduced: int
    fives: int
    pooled: int


_MODULES_3 = {
    "inception3a": _Inception(64, 96, 128, 16, 32, 32),
    "inception3b": _Inception(128, 128, 192, 32, 96, 64),
}
_MODULES_4 = {
    "inception4a": _Inception(192, 96, 208, 16, 48, 64),
    "inception4b": _Inception(160, 112, 224, 24, 64, 64),
    "inception4c": _Inception(128, 128, 256, 24, 64, 64),
    "inception4d": _Inception(112, 144, 288, 32, 64, 64),
    "inception4e": _Inception(256, 160, 320, 32, 128, 128),
}
_MODULES_5 = {
    "inception5a": _Inception(256, 160, 320, 32, 128, 128),
    "inception5b": _Inception(384, 192, 384, 48, 128, 128),
}


def googlenet(num_classes: int = 1000, dropout: float = 0.2) -> Sequential:
    """Make GoogLeNet (Inception v1): nine inception modules, without the auxiliary classifiers.

    A module concatenates 1×1 and larger convolutions and a max-pooling of the same input. As in
    torchvision, batch norm follows each convolution, and the paper's 5×5 convolutions are 3×3. The
    network is for images of 224×224×3, or any size of at least 15×15. With 1000 classes it has
    6,624,904 parameters. Its layers have torchvision's names.

    Torchvision's pretrained weights expect pixels from -1 to 1. Use them with
    ``Normalization((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))`` in place of ``IMAGENET``. (Torchvision's
    option `transform_input` converts images from one to the other.)

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training; 0.4 in the paper.

    Example:
        >>> googlenet(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Szegedy et al. 2015, *Going Deeper with Convolutions*; Ioffe and Szegedy 2015, *Batch
    Normalization*.
    """
    check_int("num_classes", num_classes)
    check_number("dropout", dropout, minimum=0, below=1)
    return Sequential(
        [
            *(_conv(64, 7, 2, name="conv1"), _pool("maxpool1")),
            *(_conv(64, 1, name="conv2"), _conv(192, 3, name="conv3"), _pool("maxpool2")),
            *(_inception(name, row) for name, row in _MODULES_3.items()),
            _pool("maxpool3"),
            *(_inception(name, row) for name, row in _MODULES_4.items()),
            MaxPool(2, 2, ceil_mode=True, name="maxpool4"),
            *(_inception(name, row) for name, row in _MODULES_5.items()),
            *(GlobalAvgPool(name="avgpool"), Dropout(dropout, name="dropout")),
            Dense(num_classes, kernel_init=("truncated_normal", 0.01), name="fc"),
        ]
    )


def _inception(name: str, row: _Inception) -> Layer:
    threes = [_conv(row.threes_reduced, 1), _conv(row.threes, 3)]
    fives = [_conv(row.fives_reduced, 1), _conv(row.fives, 3)]
    pooled = [MaxPool(3, 1, padding=1, ceil_mode=True), _conv(row.pooled, 1)]
    branches = [
        _conv(row.ones, 1, name="branch1"),
        Sequential(threes, name="branch2"),
        Sequential(fives, name="branch3"),
        Sequential(pooled, name="branch4"),
    ]
    return Parallel(branches, "concat", name=name)


def _conv(features: int, size: int, strides: int = 1, *, name: str | None = None) -> Layer:
    conv = Conv(
        features,
        size,
        strides,
        padding=size // 2,
        use_bias=False,
        kernel_init=("truncated_normal", 0.01),
        name="conv",
    )
    return Sequential([conv, _NORM, Activation("relu")], name=name)


def _pool(name: str) -> Layer:
    return MaxPool(3, 2, ceil_mode=True, name=name)
