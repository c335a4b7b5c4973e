"""AlexNet and its variant ZFNet."""

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import (
    Activation,
    AdaptiveAvgPool,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LocalResponseNorm,
    MaxPool,
    Sequential,
)
from jaxcnn.models._torchvision import LINEAR


def alexnet(
    num_classes: int = 1000, towers: int = 1, hidden_features: int = 4096, dropout: float = 0.5
) -> Sequential:
    """Make AlexNet, which won ImageNet in 2012: five convolutions and three dense layers.

    With one tower, the result is torchvision's network, for images of 224×224×3, or any size of at
    least 63×63. This network has 61,100,840 parameters with 1000 classes. It is initialized as in
    torchvision, except that biases are 0.

    With two towers, the result is the network of the paper, for images of 227×227×3. This network
    has more filters than the network with one tower. The paper divided the filters between two
    GPUs. Here, three of the convolutions have two groups instead. The network also has local
    response normalization. With 1000 classes, it has 60,965,224 parameters, the sum of::

        convolutions   96 (11·11·3 + 1) + 256 (5·5·48 + 1) + 384 (3·3·256 + 1)
                       + 384 (3·3·192 + 1) + 256 (3·3·192 + 1)
        dense layers   4096 (6·6·256 + 1) + 4096 (4096 + 1) + 1000 (4096 + 1)

    The network with two towers is initialized as in the paper: weights have standard deviation
    0.01, and some biases are 1 to keep ReLUs active.

    Args:
        num_classes: Number of outputs.
        towers: 1 for torchvision's network, 2 for the paper's.
        hidden_features: Outputs of each of the two hidden dense layers.
        dropout: Share of values dropped in training. With one tower, inputs of the hidden layers
            are dropped, as in torchvision. With two towers, outputs of the hidden layers are
            dropped, as in the paper.

    Raises:
        ValueError: If `towers` is neither 1 nor 2, or another argument is out of range.

    Example:
        >>> alexnet(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Krizhevsky, Sutskever and Hinton 2012, *ImageNet Classification with Deep
    Convolutional Neural Networks*; for one tower Krizhevsky 2014, *One weird trick for
    parallelizing convolutional neural networks*.
    """
    check_int("num_classes", num_classes)
    check_int("towers", towers)
    check_int("hidden_features", hidden_features)
    check_number("dropout", dropout, minimum=0, below=1)
    if towers > 2:
        raise ValueError(f"towers: expected 1 or 2, got {towers}")
    if towers == 1:
        return _one_tower(num_classes, hidden_features, dropout)
    return _two_towers(num_classes, hidden_features, dropout)


def _one_tower(num_classes: int, hidden_features: int, dropout: float) -> Sequential:
    relu, pool = Activation("relu"), MaxPool(3, 2)
    convolutions: list[Layer] = [
        *(Conv(64, 11, 4, 2, kernel_init=LINEAR), relu, pool),
        *(Conv(192, 5, padding=2, kernel_init=LINEAR), relu, pool),
        *(Conv(384, 3, padding=1, kernel_init=LINEAR), relu),
        *(Conv(256, 3, padding=1, kernel_init=LINEAR), relu),
        *(Conv(256, 3, padding=1, kernel_init=LINEAR), relu, pool),
    ]
    classifier: list[Layer] = [
        *(Dropout(dropout), Dense(hidden_features, kernel_init=LINEAR), relu),
        *(Dropout(dropout), Dense(hidden_features, kernel_init=LINEAR), relu),
        Dense(num_classes, kernel_init=LINEAR),
    ]
    pooling = AdaptiveAvgPool((6, 6), name="avgpool")
    return _in_halves(convolutions, classifier, pooling)


def _two_towers(num_classes: int, hidden_features: int, dropout: float) -> Sequential:
    relu, pool = Activation("relu"), MaxPool(3, 2)
    # The paper's alpha multiplies the sum of the squares; in this layer and PyTorch, their mean.
    norm = LocalResponseNorm(size=5, alpha=5 * 1e-4, beta=0.75, k=2.0)
    convolutions: list[Layer] = [
        *(_conv(96, 11, strides=4), relu, norm, pool),
        *(_conv(256, 5, padding=2, groups=2, bias=1.0), relu, norm, pool),
        *(_conv(384, 3, padding=1), relu),
        *(_conv(384, 3, padding=1, groups=2, bias=1.0), relu),
        *(_conv(256, 3, padding=1, groups=2, bias=1.0), relu, pool),
    ]
    hidden = Dense(hidden_features, kernel_init=("normal", 0.01), bias_init=("constant", 1.0))
    classifier: list[Layer] = [
        *(hidden, relu, Dropout(dropout)),
        *(hidden, relu, Dropout(dropout)),
        Dense(num_classes, kernel_init=("normal", 0.01)),
    ]
    return _in_halves(convolutions, classifier)


def _conv(
    hidden_features: int,
    kernel_size: int,
    strides: int = 1,
    padding: int = 0,
    groups: int = 1,
    bias: float = 0.0,
) -> Conv:
    return Conv(
        hidden_features,
        kernel_size,
        strides,
        padding,
        feature_group_count=groups,
        kernel_init=("normal", 0.01),
        bias_init=("constant", bias),
    )


def _in_halves(
    convolutions: list[Layer], classifier: list[Layer], *pooling: AdaptiveAvgPool
) -> Sequential:
    return Sequential(
        [
            Sequential(convolutions, name="features"),
            *pooling,
            Flatten(),
            Sequential(classifier, name="classifier"),
        ]
    )


def zfnet(num_classes: int = 1000, hidden_features: int = 4096, dropout: float = 0.5) -> Sequential:
    """Make ZFNet: AlexNet with smaller filters and strides in its first layers.

    The authors chose these sizes after visualizing what AlexNet's filters respond to. The network
    is for images of 224×224×3. With 1000 classes it has 62,357,608 parameters, the sum of::

        convolutions   96 (7·7·3 + 1) + 256 (5·5·96 + 1) + 384 (3·3·256 + 1)
                       + 384 (3·3·384 + 1) + 256 (3·3·384 + 1)
        dense layers   4096 (6·6·256 + 1) + 4096 (4096 + 1) + 1000 (4096 + 1)

    The paddings are chosen to give the sizes in the paper's figure 3: 110, 55, 26, 13 and 6 pixels.
    The paper does not give the constants of the local response normalization. Here, these constants
    are the same as in `alexnet`.

    Args:
        num_classes: Number of outputs.
        hidden_features: Outputs of each of the two hidden dense layers.
        dropout: Share of the outputs of each hidden dense layer that is dropped in training.

    Example:
        >>> zfnet(num_classes=10).output_shape((224, 224, 3))
        (10,)

    Source: Zeiler and Fergus 2013, *Visualizing and Understanding Convolutional Networks*.
    """
    check_int("num_classes", num_classes)
    check_int("hidden_features", hidden_features)
    check_number("dropout", dropout, minimum=0, below=1)
    relu, norm = Activation("relu"), LocalResponseNorm(size=5, alpha=5 * 1e-4, beta=0.75, k=2.0)
    convolutions: list[Layer] = [
        *(_zfnet_conv(96, 7, 2, padding=1), relu, MaxPool(3, 2, ceil_mode=True), norm),
        *(_zfnet_conv(256, 5, 2), relu, MaxPool(3, 2, ceil_mode=True), norm),
        *(_zfnet_conv(384, 3, padding=1), relu, _zfnet_conv(384, 3, padding=1), relu),
        *(_zfnet_conv(256, 3, padding=1), relu, MaxPool(3, 2)),
    ]
    hidden = Dense(hidden_features, kernel_init=("normal", 0.01))
    classifier: list[Layer] = [
        *(hidden, relu, Dropout(dropout)),
        *(hidden, relu, Dropout(dropout)),
        Dense(num_classes, kernel_init=("normal", 0.01)),
    ]
    return Sequential(
        [
            Sequential(convolutions, name="features"),
            Flatten(),
            Sequential(classifier, name="classifier"),
        ]
    )


def _zfnet_conv(features: int, kernel_size: int, strides: int = 1, padding: int = 0) -> Conv:
    return Conv(features, kernel_size, strides, padding, kernel_init=("normal", 0.01))
