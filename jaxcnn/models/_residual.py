"""What residual networks are made of."""

from jaxcnn._support.arguments import check_choice, check_int
from jaxcnn.architecture import Activation, BatchNorm, Conv, Dense, Layer, MaxPool
from jaxcnn.models._torchvision import FAN_OUT, LINEAR


def conv(features: int, kernel_size: int, strides: int = 1, *, name: str | None = None) -> Conv:
    """A convolution without bias, padded on all sides by half its kernel."""
    return Conv(
        features,
        kernel_size,
        strides,
        padding=kernel_size // 2,
        use_bias=False,
        kernel_init=FAN_OUT,
        name=name,
    )


def norm_relu(name: str) -> list[Layer]:
    """Batch norm and ReLU."""
    return [BatchNorm(name=name), Activation("relu")]


def basic(features: int, strides: int) -> list[Layer]:
    """Two 3×3 convolutions, each with batch norm: the residual branch of ResNet-18."""
    return [
        *(conv(features, 3, strides, name="conv1"), *norm_relu("bn1")),
        *(conv(features, 3, name="conv2"), BatchNorm(name="bn2")),
    ]


def stem_layers(kind: str, features: int) -> tuple[Conv, list[Layer]]:
    """The first convolution of a residual network, and what shrinks the picture behind it.

    Args:
        kind: ``"imagenet"``: 7×7 at stride 2, then max-pooling at stride 2; ``"small"``: 3×3 at
            stride 1, and nothing.
        features: filters of the convolution.
    """
    check_choice("stem", kind, ("imagenet", "small"))
    if kind == "small":
        return conv(features, 3, name="conv1"), []
    return conv(features, 7, 2, name="conv1"), [MaxPool(3, 2, padding=1, name="maxpool")]


def output(num_classes: int) -> Dense:
    """The dense layer at the end."""
    check_int("num_classes", num_classes)
    return Dense(num_classes, kernel_init=LINEAR, name="fc")
