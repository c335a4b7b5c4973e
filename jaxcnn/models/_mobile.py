"""What the networks for telephones share: convolution, norm, activation; widths by eights."""

from jaxcnn._support.arguments import check_choice
from jaxcnn.architecture import Activation, BatchNorm, Conv, DepthwiseConv, Layer, Sequential
from jaxcnn.models._torchvision import FAN_OUT


def conv_norm(features: int, activation: str | None, size: int = 1, strides: int = 1) -> Sequential:
    """A convolution without biases, batch norm, and an activation unless None."""
    conv = Conv(features, size, strides, padding=size // 2, use_bias=False, kernel_init=FAN_OUT)
    return Sequential([conv, BatchNorm(), *_activation(activation)])


def depthwise_norm(activation: str, size: int, strides: int) -> Sequential:
    """A convolution of each channel on its own, batch norm, and an activation."""
    conv = DepthwiseConv(size, strides, padding=size // 2, use_bias=False, kernel_init=FAN_OUT)
    return Sequential([conv, BatchNorm(), *_activation(activation)])


def _activation(function: str | None) -> list[Layer]:
    return [] if function is None else [Activation(function)]


def stem_strides(stem: str) -> int:
    """Step of the first convolution: 2 for ``"imagenet"``, 1 for ``"small"`` images."""
    check_choice("stem", stem, ("imagenet", "small"))
    return 2 if stem == "imagenet" else 1


def make_divisible(channels: float, divisor: int = 8) -> int:
    """The multiple of `divisor` nearest to `channels`, but never less than 90 % of it.

    Example:
        >>> make_divisible(32 * 0.35), make_divisible(19.9), make_divisible(1.0)
        (16, 24, 8)
    """
    nearest = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * channels else nearest
