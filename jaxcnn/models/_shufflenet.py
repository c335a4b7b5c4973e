"""ShuffleNetV2: each block keeps half of the channels, and shuffles them with the others."""

from collections.abc import Iterator

from jaxcnn._support.arguments import check_int
from jaxcnn.layers import (
    Activation,
    BatchNorm,
    ChannelShuffle,
    ChannelSplit,
    Conv,
    Dense,
    DepthwiseConv,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Parallel,
    Sequential,
)
from jaxcnn.models._torchvision import LINEAR


def shufflenet_v2_x0_5(num_classes: int = 1000) -> Sequential:
    """Make ShuffleNetV2 (0.5×): `shufflenet_v2_x1_0` with 48 channels in the first stage.

    The network is for images of 224×224×3 and has 1,366,792 parameters with 1000 classes. Its
    layers have torchvision's names.

    Args:
        num_classes: Number of outputs.

    Example:
        >>> shufflenet_v2_x0_5(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Ma, Zhang, Zheng and Sun 2018, *ShuffleNet V2: Practical Guidelines for Efficient CNN
    Architecture Design*.
    """
    return _shufflenet(num_classes, (48, 96, 192), 1024)


def shufflenet_v2_x1_0(num_classes: int = 1000) -> Sequential:
    """Make ShuffleNetV2 (1×): blocks that convolve half of their channels, then shuffle all.

    A 1×1, a depthwise 3×3 and a 1×1 convolution change one half of the channels. A shuffle mixes
    the halves for the next block. The network is for images of 224×224×3 and has 2,278,604
    parameters with 1000 classes. Its layers have torchvision's names.

    Args:
        num_classes: Number of outputs.

    Example:
        >>> shufflenet_v2_x1_0(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Ma, Zhang, Zheng and Sun 2018, *ShuffleNet V2: Practical Guidelines for Efficient CNN
    Architecture Design*.
    """
    return _shufflenet(num_classes, (116, 232, 464), 1024)


def shufflenet_v2_x1_5(num_classes: int = 1000) -> Sequential:
    """Make ShuffleNetV2 (1.5×): `shufflenet_v2_x1_0` with 176 channels in the first stage.

    The network is for images of 224×224×3 and has 3,503,624 parameters with 1000 classes. Its
    layers have torchvision's names.

    Args:
        num_classes: Number of outputs.

    Example:
        >>> shufflenet_v2_x1_5(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Ma, Zhang, Zheng and Sun 2018, *ShuffleNet V2: Practical Guidelines for Efficient CNN
    Architecture Design*.
    """
    return _shufflenet(num_classes, (176, 352, 704), 1024)


def shufflenet_v2_x2_0(num_classes: int = 1000) -> Sequential:
    """Make ShuffleNetV2 (2×): `shufflenet_v2_x1_0` with 244 channels in the first stage.

    The network is for images of 224×224×3 and has 7,393,996 parameters with 1000 classes. Its
    layers have torchvision's names.

    Args:
        num_classes: Number of outputs.

    Example:
        >>> shufflenet_v2_x2_0(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Ma, Zhang, Zheng and Sun 2018, *ShuffleNet V2: Practical Guidelines for Efficient CNN
    Architecture Design*.
    """
    return _shufflenet(num_classes, (244, 488, 976), 2048)


def _shufflenet(num_classes: int, widths: tuple[int, ...], last: int) -> Sequential:
    check_int("num_classes", num_classes)
    stages = zip(widths, (4, 8, 4), strict=True)
    return Sequential(
        [
            Sequential(_conv_norm_relu(24, 3, 2), name="conv1"),
            MaxPool(3, 2, padding=1, name="maxpool"),
            *(
                Sequential(_blocks(width, depth), name=f"stage{number}")
                for number, (width, depth) in enumerate(stages, start=2)
            ),
            Sequential(_conv_norm_relu(last), name="conv5"),
            GlobalAvgPool(),
            Dense(num_classes, kernel_init=LINEAR, name="fc"),
        ]
    )


def _blocks(width: int, depth: int) -> Iterator[Layer]:
    """Yield the blocks of a stage: the first one halves the image and convolves all channels."""
    half = width // 2
    yield _shuffled(
        Sequential([*_depthwise_norm(2), *_conv_norm_relu(half)], name="branch1"),
        Sequential(_branch(half, 2), name="branch2"),
    )
    changed = Sequential(_branch(half, 1), name="_changed")
    for _ in range(depth - 1):
        yield _shuffled(
            ChannelSplit(2, 0), Sequential([ChannelSplit(2, 1), changed], name="branch2")
        )


def _shuffled(*branches: Layer) -> Layer:
    return Sequential([Parallel(branches, "concat", name="_branches"), ChannelShuffle(2)])


def _branch(half: int, strides: int) -> list[Layer]:
    return [*_conv_norm_relu(half), *_depthwise_norm(strides), *_conv_norm_relu(half)]


def _depthwise_norm(strides: int) -> list[Layer]:
    return [
        DepthwiseConv(3, strides, padding=1, use_bias=False, kernel_init=LINEAR),
        BatchNorm(),
    ]


def _conv_norm_relu(features: int, size: int = 1, strides: int = 1) -> list[Layer]:
    conv = Conv(features, size, strides, padding=size // 2, use_bias=False, kernel_init=LINEAR)
    return [conv, BatchNorm(), Activation("relu")]
