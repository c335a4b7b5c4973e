"""All-CNN: convolutions with a stride in place of pooling."""

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.layers import Activation, Conv, Dropout, GlobalAvgPool, Layer, Sequential


def all_cnn(num_classes: int = 10, dropout: float = 0.5, input_dropout: float = 0.2) -> Sequential:
    """Make All-CNN-C for CIFAR: nine convolutions with ReLU, two of them with a stride of 2.

    There is no pooling between the convolutions and no dense layer. The last convolution has one
    feature map per class, whose mean is the class's logit. The network is for images of 32×32×3.
    The seventh convolution is not padded, so that the last feature maps have the paper's 6×6
    pixels. With 10 classes the network has 1,369,738 parameters, the sum of::

        96 (3·3·3 + 1) + 2 · 96 (3·3·96 + 1)
        192 (3·3·96 + 1) + 3 · 192 (3·3·192 + 1)
        192 (192 + 1) + 10 (192 + 1)

    Args:
        num_classes: Number of outputs, which are not negative: a ReLU comes before the mean.
        dropout: Share of values dropped in training after each convolution with a stride.
        input_dropout: Share of the input's values dropped in training.

    Example:
        >>> all_cnn().output_shape((32, 32, 3))
        (10,)

    Source: Springenberg, Dosovitskiy, Brox and Riedmiller 2015, *Striving for Simplicity: The All
    Convolutional Net*.
    """
    check_int("num_classes", num_classes)
    check_number("dropout", dropout, minimum=0, below=1)
    check_number("input_dropout", input_dropout, minimum=0, below=1)
    return Sequential(
        [
            Dropout(input_dropout),
            *(*_conv_relu(96, 3), *_conv_relu(96, 3), *_conv_relu(96, 3, 2), Dropout(dropout)),
            *(*_conv_relu(192, 3), *_conv_relu(192, 3), *_conv_relu(192, 3, 2), Dropout(dropout)),
            *(*_conv_relu(192, 3, padding=0), *_conv_relu(192, 1), *_conv_relu(num_classes, 1)),
            GlobalAvgPool(),
        ]
    )


def _conv_relu(
    features: int, size: int, strides: int = 1, padding: int | None = None
) -> list[Layer]:
    padding = size // 2 if padding is None else padding
    conv = Conv(features, size, strides, padding, kernel_init="he_normal")
    return [conv, Activation("relu")]
