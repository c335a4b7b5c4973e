"""DenseNet: each layer of a block takes the outputs of all layers before it."""

from collections.abc import Iterator

from jaxcnn._support.arguments import check_choice, check_int, check_number, check_tuple_of_ints
from jaxcnn.layers import (
    Activation,
    AvgPool,
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
from jaxcnn.models._torchvision import FAN_IN, LINEAR


def densenet121(
    num_classes: int = 1000,
    growth_rate: int = 32,
    depths: tuple[int, ...] = (6, 12, 24, 16),
    dropout: float = 0.0,
    stem: str = "imagenet",
) -> Sequential:
    """Make DenseNet-121: four dense blocks, in which each layer adds channels to its input.

    The network is for images of 224×224×3 and has 7,978,856 parameters with 1000 classes. Between
    the blocks, a 1×1 convolution halves the channels and average pooling halves the image
    (DenseNet-BC). The layers have torchvision's names.

    Args:
        num_classes: Number of outputs.
        growth_rate: Channels that each layer adds. The first convolution of the network has twice
            as many filters. The 1×1 convolution at the start of each layer has four times as many.
        depths: Layers in each dense block.
        dropout: Share of the new channels' values that each layer drops in training; the paper
            uses 0.2 for data without augmentation.
        stem: How the network begins. ``"imagenet"``: a 7×7 convolution and a max-pooling, which
            together reduce each side to a quarter. ``"small"``: a 3×3 convolution at full size, for
            images such as CIFAR's 32×32.

    Example:
        >>> densenet121(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Huang, Liu, van der Maaten and Weinberger 2017, *Densely Connected Convolutional
    Networks*.
    """
    return _densenet(num_classes, growth_rate, depths, dropout, stem)


def densenet161(
    num_classes: int = 1000, dropout: float = 0.0, stem: str = "imagenet"
) -> Sequential:
    """Make DenseNet-161: four dense blocks, in which each layer adds 48 channels.

    The network is for images of 224×224×3 and has 28,681,000 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the new channels' values that each layer drops in training.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> densenet161(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Huang, Liu, van der Maaten and Weinberger 2017, *Densely Connected Convolutional
    Networks*.
    """
    return _densenet(num_classes, 48, (6, 12, 36, 24), dropout, stem)


def densenet169(
    num_classes: int = 1000, dropout: float = 0.0, stem: str = "imagenet"
) -> Sequential:
    """Make DenseNet-169: `densenet121` with 32 layers in each of its last two blocks.

    The network is for images of 224×224×3 and has 14,149,480 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the new channels' values that each layer drops in training.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> densenet169(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Huang, Liu, van der Maaten and Weinberger 2017, *Densely Connected Convolutional
    Networks*.
    """
    return _densenet(num_classes, 32, (6, 12, 32, 32), dropout, stem)


def densenet201(
    num_classes: int = 1000, dropout: float = 0.0, stem: str = "imagenet"
) -> Sequential:
    """Make DenseNet-201: `densenet121` with 48 and 32 layers in its last two blocks.

    The network is for images of 224×224×3 and has 20,013,928 parameters with 1000 classes.

    Args:
        num_classes: Number of outputs.
        dropout: Share of the new channels' values that each layer drops in training.
        stem: How the network begins: ``"imagenet"``, or ``"small"`` for images such as CIFAR's
            32×32.

    Example:
        >>> densenet201(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Huang, Liu, van der Maaten and Weinberger 2017, *Densely Connected Convolutional
    Networks*.
    """
    return _densenet(num_classes, 32, (6, 12, 48, 32), dropout, stem)


def _densenet(
    num_classes: int, growth_rate: int, depths: tuple[int, ...], dropout: float, stem: str
) -> Sequential:
    check_int("num_classes", num_classes)
    check_int("growth_rate", growth_rate)
    check_tuple_of_ints("depths", depths)
    check_number("dropout", dropout, minimum=0, below=1)
    check_choice("stem", stem, ("imagenet", "small"))
    large = stem == "imagenet"
    features = [
        _conv(2 * growth_rate, 7 if large else 3, name="conv0", strides=2 if large else 1),
        *(BatchNorm(name="norm0"), Activation("relu", name="relu0")),
        *([MaxPool(3, 2, padding=1, name="pool0")] if large else []),
        *_blocks(growth_rate, depths, dropout),
        BatchNorm(name="norm5"),
    ]
    return Sequential(
        [
            Sequential(features, name="features"),
            Activation("relu"),
            GlobalAvgPool(),
            Dense(num_classes, kernel_init=LINEAR, name="classifier"),
        ]
    )


def _blocks(growth_rate: int, depths: tuple[int, ...], dropout: float) -> Iterator[Layer]:
    """Yield the dense blocks, with a transition before each but the first."""
    channels = 2 * growth_rate
    for number, depth in enumerate(depths, start=1):
        if number > 1:
            channels //= 2
            yield _transition(channels, name=f"transition{number - 1}")
        layers = [_dense_layer(growth_rate, dropout, f"denselayer{i + 1}") for i in range(depth)]
        yield Sequential(layers, name=f"denseblock{number}")
        channels += depth * growth_rate


def _dense_layer(growth_rate: int, dropout: float, name: str) -> Layer:
    new = [
        *(BatchNorm(name="norm1"), Activation("relu", name="relu1")),
        _conv(4 * growth_rate, 1, name="conv1"),
        *(BatchNorm(name="norm2"), Activation("relu", name="relu2")),
        _conv(growth_rate, 3, name="conv2"),
    ]
    if dropout:
        new.append(Dropout(dropout))
    return Parallel([Sequential([]), Sequential(new, name="new")], "concat", name=name)


def _transition(features: int, name: str) -> Layer:
    conv = _conv(features, 1, name="conv")
    norm, relu = BatchNorm(name="norm"), Activation("relu", name="relu")
    return Sequential([norm, relu, conv, AvgPool(2, name="pool")], name=name)


def _conv(features: int, size: int, *, name: str, strides: int = 1) -> Conv:
    return Conv(features, size, strides, size // 2, use_bias=False, kernel_init=FAN_IN, name=name)
