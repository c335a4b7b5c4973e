"""Network in Network: convolutions with a small multilayer perceptron at each pixel."""

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import (
    Activation,
    AvgPool,
    Conv,
    Dropout,
    GlobalAvgPool,
    Layer,
    MaxPool,
    Sequential,
)


def network_in_network(num_classes: int = 10, dropout: float = 0.5) -> Sequential:
    """Make NiN, Network in Network: 1×1 convolutions, and global average pooling as the output.

    Three blocks of a convolution and two 1×1 convolutions, all with ReLU. The last block has one
    feature map per class, whose mean is the class's logit, so that no dense layer is needed. The
    network is that of the paper's authors for CIFAR-10, for images of 32×32×3. With 10 classes, it
    has 966,986 parameters, the sum of::

        192 (5·5·3 + 1) + 160 (192 + 1) + 96 (160 + 1)
        192 (5·5·96 + 1) + 192 (192 + 1) + 192 (192 + 1)
        192 (3·3·192 + 1) + 192 (192 + 1) + 10 (192 + 1)

    Args:
        num_classes: Number of outputs.
        dropout: Share of values dropped in training, after each of the first two blocks.

    Example:
        >>> network_in_network().output_shape((32, 32, 3))
        (10,)

    Source: Lin, Chen and Yan 2014, *Network In Network*.
    """
    check_int("num_classes", num_classes)
    check_number("dropout", dropout, minimum=0, below=1)
    return Sequential(
        [
            *_block(5, 192, 160, 96),
            *(MaxPool(3, 2, ceil_mode=True), Dropout(dropout)),
            *_block(5, 192, 192, 192),
            *(AvgPool(3, 2, ceil_mode=True), Dropout(dropout)),
            *_block(3, 192, 192, num_classes),
            GlobalAvgPool(),
        ]
    )


def _block(kernel_size: int, *features: int) -> list[Layer]:
    sides = (kernel_size, 1, 1)
    return [
        layer
        for side, width in zip(sides, features, strict=True)
        for layer in (Conv(width, side, kernel_init="he_normal"), Activation("relu"))
    ]
