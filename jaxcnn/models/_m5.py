"""M5: a network for sound as it comes from the microphone."""

from collections.abc import Sequence

from jaxcnn._support.arguments import check_int, check_tuple_of_ints
from jaxcnn.architecture import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Sequential,
)


def m5(
    num_classes: int = 10, widths: tuple[int, ...] = (128, 128, 256, 512), kernel_size: int = 80
) -> Sequential:
    """A long first filter, which can learn to be a band-pass, then short ones.

    For waveforms of 32,000×1: four seconds at 8 kHz. Each convolution is followed by batch norm
    and max pooling by 4; the last means go to a dense layer. With widths a, b, c, d and n
    classes it has ``80 a + 3 (a b + b c + c d) + 2 (a + b + c + d) + (d + 1) n`` parameters:
    558,090 as it stands, which the paper gives as 0.5 million. (The network of that name in
    PyTorch's tutorial has other widths and strides.)

    Source: Dai, Dai, Qu, Li and Das 2017, *Very Deep Convolutional Neural Networks for Raw
    Waveforms*.

    Args:
        num_classes: number of outputs.
        widths: filters of each convolution.
        kernel_size: samples that the first filters see; 80 are 10 ms at 8 kHz.
    """
    check_int("num_classes", num_classes)
    check_tuple_of_ints("widths", widths)
    first, *rest = widths
    return Sequential(
        [
            *_conv_pool(first, kernel_size, strides=4),
            *(layer for features in rest for layer in _conv_pool(features, 3)),
            GlobalAvgPool(),
            Dense(num_classes, kernel_init="glorot_uniform"),
        ]
    )


def _conv_pool(features: int, size: int, strides: int = 1) -> Sequence[Layer]:
    conv = Conv(features, size, strides, use_bias=False, kernel_init="glorot_uniform")
    return conv, BatchNorm(), Activation("relu"), MaxPool(4, padding="SAME")
