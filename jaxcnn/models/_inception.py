"""Inception v3: inception modules with factorized convolutions."""

from jaxcnn._support.arguments import check_int, check_number
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

_ROW, _COLUMN = (1, 7), (7, 1)


def inception_v3(num_classes: int = 1000, dropout: float = 0.5) -> Sequential:
    """Make Inception v3: eleven inception modules, without the auxiliary classifier.

    The modules concatenate several chains of convolutions of the same input. Large convolutions are
    factorized: 5×5 into two of 3×3, 7×7 into one row of 1×7 and one column of 7×1. The network is
    for images of 299×299×3, or any size of at least 75×75. With 1000 classes it has 23,834,568
    parameters. Its layers have torchvision's names.

    Torchvision's pretrained weights expect pixels from -1 to 1. Use them with
    ``Normalization((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))`` in place of ``IMAGENET``. (Torchvision's
    option `transform_input` converts images from one to the other.)

    Args:
        num_classes: Number of outputs.
        dropout: Share of the dense layer's inputs that is dropped in training.

    Example:
        >>> inception_v3(num_classes=10).output_shape((299, 299, 3))
        (10,)

    Source: Szegedy, Vanhoucke, Ioffe, Shlens and Wojna 2016, *Rethinking the Inception Architecture
    for Computer Vision*.
    """
    check_int("num_classes", num_classes)
    check_number("dropout", dropout, minimum=0, below=1)
    return Sequential(
        [
            _conv(32, 3, "Conv2d_1a_3x3", strides=2, padding=0),
            _conv(32, 3, "Conv2d_2a_3x3", padding=0),
            _conv(64, 3, "Conv2d_2b_3x3"),
            MaxPool(3, 2, name="maxpool1"),
            _conv(80, 1, "Conv2d_3b_1x1"),
            _conv(192, 3, "Conv2d_4a_3x3", padding=0),
            MaxPool(3, 2, name="maxpool2"),
            *(_module_a("Mixed_5b", 32), _module_a("Mixed_5c", 64), _module_a("Mixed_5d", 64)),
            _reduction_b("Mixed_6a"),
            *(_module_c("Mixed_6b", 128), _module_c("Mixed_6c", 160)),
            *(_module_c("Mixed_6d", 160), _module_c("Mixed_6e", 192)),
            _reduction_d("Mixed_7a"),
            *(_module_e("Mixed_7b"), _module_e("Mixed_7c")),
            *(GlobalAvgPool(name="avgpool"), Dropout(dropout, name="dropout")),
            Dense(num_classes, kernel_init=("truncated_normal", 0.1), name="fc"),
        ]
    )


def _module_a(name: str, pooled: int) -> Layer:
    """Make a module with 1×1, 5×5 and two 3×3 convolutions (the paper's figure 5)."""
    return _concat(
        name,
        [_conv(64, 1, "branch1x1")],
        [_conv(48, 1, "branch5x5_1"), _conv(64, 5, "branch5x5_2")],
        [
            _conv(64, 1, "branch3x3dbl_1"),
            _conv(96, 3, "branch3x3dbl_2"),
            _conv(96, 3, "branch3x3dbl_3"),
        ],
        _pooled(pooled),
    )


def _reduction_b(name: str) -> Layer:
    """Make the module that halves 35×35 pixels."""
    return _concat(
        name,
        [_conv(384, 3, "branch3x3", strides=2, padding=0)],
        [
            _conv(64, 1, "branch3x3dbl_1"),
            _conv(96, 3, "branch3x3dbl_2"),
            _conv(96, 3, "branch3x3dbl_3", strides=2, padding=0),
        ],
        [MaxPool(3, 2)],
    )


def _module_c(name: str, narrow: int) -> Layer:
    """Make a module with 7×7 convolutions in rows and columns (figure 6)."""
    return _concat(
        name,
        [_conv(192, 1, "branch1x1")],
        [
            _conv(narrow, 1, "branch7x7_1"),
            _conv(narrow, _ROW, "branch7x7_2"),
            _conv(192, _COLUMN, "branch7x7_3"),
        ],
        [
            _conv(narrow, 1, "branch7x7dbl_1"),
            _conv(narrow, _COLUMN, "branch7x7dbl_2"),
            _conv(narrow, _ROW, "branch7x7dbl_3"),
            _conv(narrow, _COLUMN, "branch7x7dbl_4"),
            _conv(192, _ROW, "branch7x7dbl_5"),
        ],
        _pooled(192),
    )


def _reduction_d(name: str) -> Layer:
    """Make the module that halves 17×17 pixels."""
    return _concat(
        name,
        [_conv(192, 1, "branch3x3_1"), _conv(320, 3, "branch3x3_2", strides=2, padding=0)],
        [
            _conv(192, 1, "branch7x7x3_1"),
            _conv(192, _ROW, "branch7x7x3_2"),
            _conv(192, _COLUMN, "branch7x7x3_3"),
            _conv(192, 3, "branch7x7x3_4", strides=2, padding=0),
        ],
        [MaxPool(3, 2)],
    )


def _module_e(name: str) -> Layer:
    """Make a module with 3×3 convolutions in a row beside a column (figure 7)."""
    return _concat(
        name,
        [_conv(320, 1, "branch1x1")],
        [_conv(384, 1, "branch3x3_1"), _row_beside_column("branch3x3_2a", "branch3x3_2b")],
        [
            _conv(448, 1, "branch3x3dbl_1"),
            _conv(384, 3, "branch3x3dbl_2"),
            _row_beside_column("branch3x3dbl_3a", "branch3x3dbl_3b"),
        ],
        _pooled(192),
    )


def _row_beside_column(row: str, column: str) -> Layer:
    branches = [_conv(384, (1, 3), row), _conv(384, (3, 1), column)]
    return Parallel(branches, "concat", name="_beside")


def _pooled(features: int) -> list[Layer]:
    return [AvgPool(3, 1, padding=1), _conv(features, 1, "branch_pool")]


def _concat(name: str, *chains: list[Layer]) -> Layer:
    """Make a module of chains; torchvision's names of convolutions name no chain."""
    branches = [Sequential(chain, name=f"_{index}") for index, chain in enumerate(chains)]
    return Parallel(branches, "concat", name=name)


def _conv(
    features: int,
    size: int | tuple[int, int],
    name: str,
    *,
    strides: int = 1,
    padding: int | None = None,
) -> Layer:
    """Make a convolution, batch norm and ReLU; by default padded to keep the size."""
    sides = (size, size) if isinstance(size, int) else size
    conv = Conv(
        features,
        size,
        strides,
        padding=tuple(side // 2 for side in sides) if padding is None else padding,
        use_bias=False,
        kernel_init=("truncated_normal", 0.1),
        name="conv",
    )
    return Sequential([conv, BatchNorm(epsilon=1e-3, name="bn"), Activation("relu")], name=name)
