"""MobileNet, the first: depthwise separable convolutions."""

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    GlobalAvgPool,
    Layer,
    Sequential,
)
from jaxcnn.models._mobilenet import make_divisible, stem_strides
from jaxcnn.models._torchvision import FAN_OUT

# Table 1 of the paper: filters of the 1×1 convolution, stride of the depthwise convolution.
_STAGES = (
    ((64, 1),),
    ((128, 2), (128, 1)),
    ((256, 2), (256, 1)),
    ((512, 2), *((512, 1),) * 5),
    ((1024, 2), (1024, 1)),
)


def mobilenet_v1(
    num_classes: int = 1000, width: float = 1.0, dropout: float = 0.0, stem: str = "imagenet"
) -> Sequential:
    """Make MobileNet (v1): 13 depthwise separable convolutions with batch norm and ReLU6.

    Each depthwise 3×3 and each 1×1 convolution has a batch norm and an activation. The network is
    for images of 224×224×3 and has 4,231,976 parameters with 1000 classes. Its layers have the
    names of timm's mobilenetv1_100.

    Args:
        num_classes: Number of outputs.
        width: Factor by which all numbers of channels are multiplied. The products are rounded to
            multiples of 8.
        dropout: Share of the dense layer's inputs that is dropped in training.
        stem: How the network begins. ``"imagenet"``: a convolution that halves each side.
            ``"small"``: the same convolution at full size, for images such as CIFAR's 32×32.

    Example:
        >>> mobilenet_v1(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Howard et al. 2017, *MobileNets: Efficient Convolutional Neural Networks for Mobile
    Vision Applications*.
    """
    check_int("num_classes", num_classes)
    check_number("width", width, minimum=0)
    check_number("dropout", dropout, minimum=0, below=1)
    stages = [
        Sequential(_separable(make_divisible(wide * width), strides) for wide, strides in stage)
        for stage in _STAGES
    ]
    return Sequential(
        [
            _conv(make_divisible(32 * width), 3, stem_strides(stem), name="conv_stem"),
            *(BatchNorm(name="bn1"), Activation("relu6")),
            Sequential(stages, name="blocks"),
            *(GlobalAvgPool(), Dropout(dropout)),
            Dense(num_classes, kernel_init=("normal", 0.01), name="classifier"),
        ]
    )


def _separable(features: int, strides: int) -> Layer:
    depthwise = DepthwiseConv(
        3, strides, padding=1, use_bias=False, kernel_init=FAN_OUT, name="conv_dw"
    )
    return Sequential(
        [
            *(depthwise, BatchNorm(name="bn1"), Activation("relu6")),
            *(_conv(features, 1, 1, name="conv_pw"), BatchNorm(name="bn2"), Activation("relu6")),
        ]
    )


def _conv(features: int, size: int, strides: int, *, name: str) -> Conv:
    return Conv(features, size, strides, size // 2, use_bias=False, kernel_init=FAN_OUT, name=name)
