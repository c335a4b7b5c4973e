"""The networks that `training_step.py` trains, as data that is independent of all libraries."""

from collections.abc import Iterator
from typing import NamedTuple

IMAGE = (32, 32, 3)
CLASSES = 10

# The same for all libraries, so that all do the same work. GELU is the tanh approximation.
LEARNING_RATE = 0.01
MOMENTUM = 0.9
NORM_MOMENTUM = 0.9  # share of the running statistics kept per step
NORM_EPSILON = 1e-5


class Conv(NamedTuple):
    """A convolution without bias; strides, padding and window are the same along both axes."""

    features: int
    window: int = 3
    stride: int = 1
    padding: int = 1
    groups: int = 1


class BatchNorm(NamedTuple):
    """Batch norm, with a trained scale and offset per channel."""


class Activation(NamedTuple):
    """An activation: ``"relu"`` or ``"gelu"``."""

    function: str = "relu"


class MaxPool(NamedTuple):
    """Max-pooling with windows that do not overlap; the remainder at the edges is dropped."""

    window: int = 2


class GlobalAvgPool(NamedTuple):
    """Global average pooling: the mean of each channel."""


class Flatten(NamedTuple):
    """Flattening to one axis."""


class Dense(NamedTuple):
    """A dense layer with bias."""

    features: int


class Sum(NamedTuple):
    """``body(x) + shortcut(x)``; an empty shortcut is x itself."""

    body: "tuple[Layer, ...]"
    shortcut: "tuple[Layer, ...]" = ()


Layer = Conv | BatchNorm | Activation | MaxPool | GlobalAvgPool | Flatten | Dense | Sum


def conv_norm(
    features: int, *, stride: int = 1, groups: int = 1, window: int = 3, activation: str = "relu"
) -> Iterator[Layer]:
    """Yield a convolution, batch norm and an activation."""
    yield Conv(features, window, stride, window // 2, groups)
    yield BatchNorm()
    yield Activation(activation)


def six_convolutions() -> Iterator[Layer]:
    """Yield six 3×3 convolutions with a pooling after every second one."""
    for features in (32, 64, 128):
        yield from (*conv_norm(features), *conv_norm(features), MaxPool())
    yield from (Flatten(), Dense(CLASSES))


def airbench() -> Iterator[Layer]:
    """Yield airbench94, but with a trained first convolution and without scaled scores."""
    yield from (Conv(24, 2, padding=0), Activation("gelu"))
    for features in (64, 256, 256):
        yield from (Conv(features), MaxPool(), BatchNorm(), Activation("gelu"))
        yield from conv_norm(features, activation="gelu")
    yield from (MaxPool(3), Flatten(), Dense(CLASSES))


def resnet20() -> Iterator[Layer]:
    """Yield ResNet-20 (He et al. 2016, section 4.2), with projections where the shape changes."""
    yield from conv_norm(16)
    before = 16
    for features in (16, 32, 64):
        for _ in range(3):
            stride = 1 if features == before else 2
            body = (*conv_norm(features, stride=stride), Conv(features), BatchNorm())
            projection = (Conv(features, 1, stride, 0), BatchNorm()) if stride > 1 else ()
            yield from (Sum(body, projection), Activation())
            before = features
    yield from (GlobalAvgPool(), Dense(CLASSES))


def separable() -> Iterator[Layer]:
    """Yield depthwise and 1×1 convolutions in turn, as in MobileNet (Howard et al. 2017)."""
    yield from conv_norm(32)
    before = 32
    for features, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)):
        yield from conv_norm(before, stride=stride, groups=before)
        yield from conv_norm(features, window=1)
        before = features
    yield from (GlobalAvgPool(), Dense(CLASSES))


def vgg() -> Iterator[Layer]:
    """Yield nine 3×3 convolutions of up to 512 filters, after Simonyan and Zisserman 2015."""
    for group in ((64, 64), (128, 128), (256, 256, 256), (512, 512)):
        for features in group:
            yield from conv_norm(features)
        yield MaxPool()
    yield from (Flatten(), Dense(CLASSES))


NETWORKS = {
    "six-convolutions": six_convolutions,
    "airbench": airbench,
    "resnet20": resnet20,
    "separable": separable,
    "vgg": vgg,
}
