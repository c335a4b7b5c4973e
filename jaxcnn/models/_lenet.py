"""LeNet-5."""

from jaxcnn._support.arguments import check_int
from jaxcnn.architecture import Activation, AvgPool, Conv, Dense, Flatten, Sequential


def lenet5(num_classes: int = 10) -> Sequential:
    """Two convolutions with average pooling, then three dense layers, with tanh throughout.

    For images of 32×32×1 (MNIST's 28×28 are padded by two pixels): 61,706 parameters with 10
    classes. As in the reimplementations that are used today, the pooling has no weights, each
    filter of the second convolution sees all channels, and the output is a dense layer.

    Source: LeCun, Bottou, Bengio and Haffner 1998, *Gradient-Based Learning Applied to Document
    Recognition*.

    Args:
        num_classes: number of outputs.
    """
    check_int("num_classes", num_classes)
    return Sequential(
        [
            Conv(6, 5, padding="VALID"),
            Activation("tanh"),
            AvgPool(2),
            Conv(16, 5, padding="VALID"),
            Activation("tanh"),
            AvgPool(2),
            Flatten(),
            Dense(120),
            Activation("tanh"),
            Dense(84),
            Activation("tanh"),
            Dense(num_classes),
        ]
    )
