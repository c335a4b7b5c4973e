"""ZFNet."""

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import (
    Activation,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LocalResponseNorm,
    MaxPool,
    Sequential,
)


def zfnet(num_classes: int = 1000, features: int = 4096, dropout: float = 0.5) -> Sequential:
    """AlexNet with smaller filters and strides in front, found by looking at what filters see.

    For images of 224×224×3. With 1000 classes it has 62,357,608 parameters, the sum of::

        convolutions   96 (7·7·3 + 1) + 256 (5·5·96 + 1) + 384 (3·3·256 + 1)
                       + 384 (3·3·384 + 1) + 256 (3·3·384 + 1)
        dense layers   4096 (6·6·256 + 1) + 4096 (4096 + 1) + 1000 (4096 + 1)

    Paddings are those that give the sizes of the paper's figure 3: 110, 55, 26, 13 and 6 pixels.
    The constants of the normalisation, which it does not give, are those of `alexnet`.

    Source: Zeiler and Fergus 2013, *Visualizing and Understanding Convolutional Networks*.

    Args:
        num_classes: number of outputs.
        features: neurons of each of the two hidden dense layers.
        dropout: share of the values that are dropped behind each of these.
    """
    check_int("num_classes", num_classes)
    check_int("features", features)
    check_number("dropout", dropout, minimum=0, below=1)
    relu, norm = Activation("relu"), LocalResponseNorm(size=5, alpha=5 * 1e-4, beta=0.75, k=2.0)
    convolutions: list[Layer] = [
        *(_conv(96, 7, 2, padding=1), relu, MaxPool(3, 2, ceil_mode=True), norm),
        *(_conv(256, 5, 2), relu, MaxPool(3, 2, ceil_mode=True), norm),
        *(_conv(384, 3, padding=1), relu, _conv(384, 3, padding=1), relu),
        *(_conv(256, 3, padding=1), relu, MaxPool(3, 2)),
    ]
    hidden = Dense(features, kernel_init=("normal", 0.01))
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


def _conv(features: int, kernel_size: int, strides: int = 1, padding: int = 0) -> Conv:
    return Conv(features, kernel_size, strides, padding, kernel_init=("normal", 0.01))
