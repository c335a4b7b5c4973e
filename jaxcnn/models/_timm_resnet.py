"""The residual networks that only timm has, with deep stems or squeeze and excitation."""

from typing import NamedTuple

from jaxcnn._support.arguments import check_int
from jaxcnn.layers import (
    Activation,
    AvgPool,
    BatchNorm,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Sequential,
    SqueezeExcite,
)
from jaxcnn.models._mobilenet import make_divisible
from jaxcnn.models._residual import EXPANSION, conv, norm_relu, output, residual
from jaxcnn.models._torchvision import FAN_OUT

_WIDTH = 64


class ResNetDesign(NamedTuple):
    """The numbers of a residual network.

    Attributes:
        blocks: Blocks in each group.
        is_basic: Whether blocks have two 3×3 convolutions instead of a bottleneck.
        groups: Groups of the 3×3 convolutions of bottlenecks.
        inner: Filters of the first two convolutions of bottlenecks, as a multiple of the width.
        stem: Filters of three 3×3 convolutions at the start; None for one 7×7 convolution.
        has_strided_stem: Whether a convolution replaces the max-pooling of the stem.
        pools_shortcut: Whether shortcuts that reduce the image begin with average pooling.
        pools: Whether average pooling replaces the strides of 3×3 convolutions (anti-aliasing).
        squeeze: Hidden neurons of squeeze and excitation, as a share of the channels; 0 for none.
    """

    blocks: tuple[int, ...]
    is_basic: bool = False
    groups: int = 1
    inner: float = 1
    stem: tuple[int, int, int] | None = None
    has_strided_stem: bool = False
    pools_shortcut: bool = False
    pools: bool = False
    squeeze: float = 0.0


def timm_resnet(num_classes: int = 1000, *, design: ResNetDesign) -> Sequential:
    """Make a residual network, whose layers have timm's names.

    Args:
        num_classes: Number of outputs.
        design: The numbers of the network.
    """
    check_int("num_classes", num_classes)
    channels = design.stem[-1] if design.stem else _WIDTH
    groups = []
    for index, times in enumerate(design.blocks):
        width = _WIDTH * 2**index
        groups.append(_group(channels, width, times, 2 if index else 1, design))
        channels = _features(width, design)
    return Sequential(
        [
            *_stem(design),
            *(Sequential(group, name=f"layer{i}") for i, group in enumerate(groups, start=1)),
            *(GlobalAvgPool(name="avgpool"), output(num_classes)),
        ]
    )


def _features(width: int, design: ResNetDesign) -> int:
    return width if design.is_basic else EXPANSION * width


def _stem(design: ResNetDesign) -> list[Layer]:
    if design.stem is None:
        first: Layer = conv(_WIDTH, 7, 2, name="conv1")
    else:
        one, two, last = design.stem
        relu = Activation("relu")
        first = Sequential(
            [
                *(conv(one, 3, 2), BatchNorm(), relu),
                *(conv(two, 3), BatchNorm(), relu),
                conv(last, 3),
            ],
            name="conv1",
        )
    return [first, *norm_relu("bn1"), _shrink(design)]


def _shrink(design: ResNetDesign) -> Layer:
    """Make the layer after the stem that halves the image."""
    if design.has_strided_stem:
        filters = design.stem[-1] if design.stem else _WIDTH
        return Sequential([conv(filters, 3, 2), BatchNorm(), Activation("relu")], name="maxpool")
    return AvgPool(2, name="maxpool") if design.pools else MaxPool(3, 2, padding=1, name="maxpool")


def _group(
    channels: int, width: int, times: int, strides: int, design: ResNetDesign
) -> list[Layer]:
    make = _basic if design.is_basic else _bottleneck
    first = residual(make(width, strides, design), _shortcut(channels, width, strides, design))
    return [first, *[residual(make(width, 1, design), [])] * (times - 1)]


def _shortcut(channels: int, width: int, strides: int, design: ResNetDesign) -> list[Layer]:
    features = _features(width, design)
    if strides == 1 and channels == features:
        return []
    if not design.pools_shortcut:
        return [conv(features, 1, strides), BatchNorm()]
    # Timm counts the pooling, too, where there is none.
    pooled = AvgPool(2, ceil_mode=True, count_include_pad=False)
    return [
        *([pooled] if strides > 1 else []),
        *(conv(features, 1, name="1"), BatchNorm(name="2")),
    ]


def _basic(width: int, strides: int, design: ResNetDesign) -> list[Layer]:
    return [
        *_strided(width, strides, "1", design),
        *(conv(width, 3, name="conv2"), BatchNorm(name="bn2")),
        *_squeeze(width, design),
    ]


def _bottleneck(width: int, strides: int, design: ResNetDesign) -> list[Layer]:
    inner = int(width * design.inner)
    return [
        *(conv(inner, 1, name="conv1"), *norm_relu("bn1")),
        *_strided(inner, strides, "2", design),
        *(conv(EXPANSION * width, 1, name="conv3"), BatchNorm(name="bn3")),
        *_squeeze(EXPANSION * width, design),
    ]


def _strided(width: int, strides: int, number: str, design: ResNetDesign) -> list[Layer]:
    """Make the convolution of a block that can have strides."""
    is_pooled = design.pools and strides > 1
    first = conv(width, 3, 1 if is_pooled else strides, groups=design.groups, name=f"conv{number}")
    return [first, *norm_relu(f"bn{number}"), *([AvgPool(2)] if is_pooled else [])]


def _squeeze(channels: int, design: ResNetDesign) -> list[Layer]:
    if not design.squeeze:
        return []
    hidden = make_divisible(channels * design.squeeze, limit=0)
    return [SqueezeExcite(hidden, kernel_init=FAN_OUT, name="se")]


_BASIC_18, _BASIC_34 = ResNetDesign((2, 2, 2, 2), True), ResNetDesign((3, 4, 6, 3), True)
_26, _50 = ResNetDesign((2, 2, 2, 2)), ResNetDesign((3, 4, 6, 3))
_101, _152 = ResNetDesign((3, 4, 23, 3)), ResNetDesign((3, 8, 36, 3))
_200, _269 = ResNetDesign((3, 24, 36, 3)), ResNetDesign((3, 30, 48, 8))
_DEEP, _WIDE, _TIERED = (32, 32, 64), (64, 64, 128), (24, 32, 64)


def _c(design: ResNetDesign) -> ResNetDesign:
    return design._replace(stem=_DEEP)


def _d(design: ResNetDesign) -> ResNetDesign:
    return design._replace(stem=_DEEP, pools_shortcut=True)


def _s(design: ResNetDesign) -> ResNetDesign:
    return design._replace(stem=_WIDE)


def _t(design: ResNetDesign) -> ResNetDesign:
    return design._replace(stem=_TIERED, pools_shortcut=True)


def _x(design: ResNetDesign, groups: int, group_width: int) -> ResNetDesign:
    return design._replace(groups=groups, inner=groups * group_width / _WIDTH)


def _aa(design: ResNetDesign) -> ResNetDesign:
    return design._replace(pools=True)


def _se(design: ResNetDesign) -> ResNetDesign:
    return design._replace(squeeze=1 / 16)


def _rs(*blocks: int) -> ResNetDesign:
    return _d(ResNetDesign(blocks, has_strided_stem=True, squeeze=1 / 4))


RESNETS = {
    "resnet10t": _t(ResNetDesign((1, 1, 1, 1), True)),
    "resnet14t": _t(ResNetDesign((1, 1, 1, 1))),
    "resnet18d": _d(_BASIC_18),
    "resnet26": _26,
    "resnet26d": _d(_26),
    "resnet26t": _t(_26),
    "resnet34d": _d(_BASIC_34),
    "resnet50c": _c(_50),
    "resnet50d": _d(_50),
    "resnet50s": _s(_50),
    "resnet50t": _t(_50),
    "resnet101c": _c(_101),
    "resnet101d": _d(_101),
    "resnet101s": _s(_101),
    "resnet152c": _c(_152),
    "resnet152d": _d(_152),
    "resnet152s": _s(_152),
    "resnet200": _200,
    "resnet200d": _d(_200),
    "resnetaa34d": _aa(_d(_BASIC_34)),
    "resnetaa50": _aa(_50),
    "resnetaa50d": _aa(_d(_50)),
    "resnetaa101d": _aa(_d(_101)),
    "resnetrs50": _rs(3, 4, 6, 3),
    "resnetrs101": _rs(3, 4, 23, 3),
    "resnetrs152": _rs(3, 8, 36, 3),
    "resnetrs200": _rs(3, 24, 36, 3),
    "resnetrs270": _rs(4, 29, 53, 4),
    "resnetrs350": _rs(4, 36, 72, 4),
    "resnetrs420": _rs(4, 44, 87, 4),
    "resnext50d_32x4d": _d(_x(_50, 32, 4)),
    "resnext101_32x4d": _x(_101, 32, 4),
    "resnext101_32x16d": _x(_101, 32, 16),
    "resnext101_32x32d": _x(_101, 32, 32),
    "seresnet18": _se(_BASIC_18),
    "seresnet34": _se(_BASIC_34),
    "seresnet50": _se(_50),
    "seresnet50t": _se(_t(_50)),
    "seresnet101": _se(_101),
    "seresnet152": _se(_152),
    "seresnet152d": _se(_d(_152)),
    "seresnet200d": _se(_d(_200)),
    "seresnet269d": _se(_d(_269)),
    "seresnetaa50d": _se(_aa(_d(_50))),
    "seresnext26d_32x4d": _se(_d(_x(_26, 32, 4))),
    "seresnext26t_32x4d": _se(_t(_x(_26, 32, 4))),
    "seresnext50_32x4d": _se(_x(_50, 32, 4)),
    "seresnext101_32x4d": _se(_x(_101, 32, 4)),
    "seresnext101_32x8d": _se(_x(_101, 32, 8)),
    "seresnext101_64x4d": _se(_x(_101, 64, 4)),
    "seresnext101d_32x8d": _se(_d(_x(_101, 32, 8))),
    "seresnextaa101d_32x8d": _se(_aa(_d(_x(_101, 32, 8)))),
    "seresnextaa201d_32x8d": _se(_aa(_d(_x(ResNetDesign((3, 24, 36, 4)), 32, 8))))._replace(
        stem=_WIDE
    ),
}
"""The designs by timm's names."""
