"""The convolutions that `convolution.py` times, as data."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Layer:
    """One convolution; strides, padding and dilation are the same along all axes.

    Attributes:
        batch: Number of examples.
        spatial: Spatial sizes of the input.
        channels: Channels of the input.
        features: Channels of the output.
        window: Sizes of the kernel.
        stride: Stride of the window; for a transposed convolution, the upsampling factor.
        padding: Padding on each side, in PyTorch's convention; None for half the window, rounded
            down.
        dilation: Distance between neighboring kernel elements.
        groups: Number of channel groups that do not mix.
        transposed: Whether it is a transposed convolution.
        output_padding: Size added to one side of a transposed convolution's output.
    """

    batch: int
    spatial: tuple[int, ...]
    channels: int
    features: int
    window: tuple[int, ...]
    stride: int = 1
    padding: int | None = None
    dilation: int = 1
    groups: int = 1
    transposed: bool = False
    output_padding: int = 0

    @property
    def family(self) -> str:
        """``"dense"``, ``"grouped"``, ``"depthwise"`` or ``"transposed"``."""
        if self.transposed:
            return "transposed"
        if self.groups == 1:
            return "dense"
        return "depthwise" if self.groups == self.channels else "grouped"

    @property
    def name(self) -> str:
        """The name that `--layers` searches, such as ``"dense 32x32 3-32 3x3 b128"``."""
        size, window = ("x".join(map(str, sizes)) for sizes in (self.spatial, self.window))
        parts = [self.family, size, f"{self.channels}-{self.features}", window]
        parts += [f"stride{self.stride}"] if self.stride > 1 else []
        parts += [f"dilation{self.dilation}"] if self.dilation > 1 else []
        parts += [f"groups{self.groups}"] if self.family == "grouped" else []
        return " ".join([*parts, f"b{self.batch}"])

    @property
    def pads(self) -> tuple[int, ...]:
        """Padding along each axis."""
        if self.padding is not None:
            return (self.padding,) * len(self.window)
        return tuple(self.dilation * (size - 1) // 2 for size in self.window)

    @property
    def outputs(self) -> tuple[int, ...]:
        """Spatial sizes of the output."""
        rows = zip(self.spatial, self.window, self.pads, strict=True)
        if self.transposed:
            return tuple(
                (size - 1) * self.stride
                + self.dilation * (window - 1)
                + 1
                - 2 * pad
                + self.output_padding
                for size, window, pad in rows
            )
        return tuple(
            (size + 2 * pad - self.dilation * (window - 1) - 1) // self.stride + 1
            for size, window, pad in rows
        )

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the input, channels last."""
        return (self.batch, *self.spatial, self.channels)

    @property
    def kernel_shape(self) -> tuple[int, ...]:
        """``(*window, channels / groups, features)``."""
        return (*self.window, self.channels // self.groups, self.features)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the output, channels last."""
        return (self.batch, *self.outputs, self.features)

    @property
    def gflop(self) -> float:
        """Work of the forward pass and of each gradient in GFLOP, padding included."""
        positions = math.prod(self.spatial if self.transposed else self.outputs)
        return 2e-9 * self.batch * positions * math.prod(self.kernel_shape)


DENSE = [
    # CIFAR networks.
    Layer(128, (32, 32), 3, 32, (3, 3)),
    Layer(128, (32, 32), 32, 32, (3, 3)),
    Layer(128, (32, 32), 64, 64, (3, 3)),
    Layer(128, (16, 16), 128, 128, (3, 3)),
    Layer(128, (8, 8), 256, 256, (3, 3)),
    Layer(128, (32, 32), 64, 128, (3, 3), stride=2),
    Layer(128, (32, 32), 64, 64, (1, 1)),
    Layer(512, (32, 32), 3, 24, (2, 2), padding=0),
    Layer(512, (16, 16), 16, 16, (3, 3)),
    Layer(128, (15, 15), 64, 256, (3, 3)),
    Layer(256, (28, 28), 1, 6, (5, 5)),
    Layer(256, (14, 14), 6, 16, (5, 5), padding=0),
    # ResNet-50.
    Layer(8, (224, 224), 3, 64, (7, 7), stride=2),
    Layer(8, (56, 56), 64, 64, (3, 3)),
    Layer(8, (56, 56), 64, 256, (1, 1)),
    Layer(8, (56, 56), 128, 128, (3, 3), stride=2),
    Layer(8, (56, 56), 256, 512, (1, 1), stride=2),
    Layer(8, (14, 14), 256, 256, (3, 3)),
    Layer(8, (14, 14), 1024, 256, (1, 1)),
    Layer(16, (7, 7), 512, 512, (3, 3)),
    # VGG, AlexNet, Inception.
    Layer(2, (112, 112), 64, 128, (3, 3)),
    Layer(4, (28, 28), 256, 512, (3, 3)),
    Layer(32, (224, 224), 3, 64, (11, 11), stride=4, padding=2),
    Layer(32, (27, 27), 64, 192, (5, 5)),
    Layer(16, (28, 28), 32, 96, (5, 5)),
    # Dilated, as in networks for segmentation.
    Layer(8, (28, 28), 128, 128, (3, 3), dilation=2),
    Layer(2, (65, 65), 64, 64, (3, 3), dilation=6),
    # One image.
    Layer(1, (56, 56), 64, 64, (3, 3)),
    Layer(1, (224, 224), 3, 64, (7, 7), stride=2),
    # Text and sound.
    Layer(64, (64,), 128, 100, (5,), padding=0),
    Layer(16, (8000,), 1, 128, (80,), stride=4),
    Layer(32, (500,), 128, 128, (3,)),
    Layer(8, (4096,), 32, 32, (2,), dilation=8),
    # Volumes.
    Layer(16, (16, 16, 16), 16, 32, (3, 3, 3)),
    Layer(32, (8, 8, 8), 32, 64, (3, 3, 3)),
]

GROUPED = [
    Layer(128, (16, 16), 128, 128, (3, 3), groups=8),
    Layer(8, (14, 14), 256, 256, (3, 3), groups=32),
    Layer(8, (28, 28), 256, 256, (3, 3), stride=2, groups=32),
    Layer(8, (28, 28), 240, 240, (1, 1), groups=3),
    Layer(8, (27, 27), 96, 256, (5, 5), groups=2),
]

DEPTHWISE = [
    Layer(128, (16, 16), 128, 128, (3, 3), groups=128),
    Layer(8, (56, 56), 144, 144, (3, 3), groups=144),
    Layer(8, (56, 56), 96, 96, (3, 3), stride=2, groups=96),
    Layer(8, (14, 14), 384, 384, (7, 7), groups=384),
    Layer(16, (128,), 256, 256, (31,), groups=256),
]

TRANSPOSED = [
    Layer(64, (8, 8), 256, 128, (4, 4), stride=2, transposed=True),
    Layer(64, (16, 16), 128, 64, (4, 4), stride=2, transposed=True),
    Layer(8, (28, 28), 128, 64, (2, 2), stride=2, transposed=True),
    Layer(16, (32, 32), 64, 32, (3, 3), stride=2, output_padding=1, transposed=True),
    Layer(8, (256,), 128, 64, (16,), stride=8, padding=4, transposed=True),
]

GRID = [*DENSE, *GROUPED, *DEPTHWISE, *TRANSPOSED]
