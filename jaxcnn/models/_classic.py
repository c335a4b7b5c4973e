"""The order of layers that beginners' guides call the classic one."""

from jaxcnn._support.arguments import check_int
from jaxcnn.architecture import Activation, Conv, Dense, Flatten, MaxPool, Sequential


def classic(num_classes: int = 10, features: int = 32) -> Sequential:
    """Conv, ReLU, Conv, ReLU, Pool, ReLU, Conv, ReLU, Pool, fully connected.

    For images of any size; with 32×32×3 and 10 classes it has 39,882 parameters. With f filters,
    n classes and pictures of h×w pixels in c channels there are::

        (9 c + 1) f + 2 (9 f + 1) f + (h/4 · w/4 · f + 1) n

    The ReLU after the first pooling changes nothing (what reaches it is no longer negative); it
    stands here because it stands in the table.

    Source: Deshpande 2016, *A Beginner's Guide To Understanding Convolutional Neural Networks*.

    Args:
        num_classes: number of outputs.
        features: filters of each convolution.
    """
    check_int("num_classes", num_classes)
    relu, conv = Activation("relu"), Conv(features, 3, kernel_init="he_normal")
    return Sequential(
        [
            *(conv, relu, conv, relu, MaxPool(2), relu),
            *(conv, relu, MaxPool(2)),
            *(Flatten(), Dense(num_classes)),
        ]
    )
