"""Convolutional layers."""

import dataclasses

from flax import nnx

from jaxcnn import functional as F
from jaxcnn.architecture._checks import (
    check_bool,
    check_choice,
    check_int,
    check_ints,
    check_number,
    check_padding,
    check_same_rank,
    check_spatial,
    per_axis,
)
from jaxcnn.architecture._initializers import INITIALIZERS, initializer
from jaxcnn.architecture._layer import FLOAT32_BYTES, Costs, Layer, Shape, Window
from jaxcnn.nn import WhiteningConv as WhiteningConvModule

Padding = str | int | tuple[int, ...] | tuple[tuple[int, int], ...]


@dataclasses.dataclass(frozen=True)
class Conv(Layer):
    """A convolution with `features` filters.

    Args:
        features: number of filters, which is the number of output channels.
        kernel_size: the filters' side, or one side for each spatial axis.
        strides: step of the filters, one for all axes or one each.
        padding: ``"SAME"``, ``"VALID"``, ``"CIRCULAR"``, an integer, or integers or
            ``(low, high)`` pairs for each axis.
        kernel_dilation: distance between neighbouring taps of the filters.
        feature_group_count: groups of channels that do not see each other.
        use_bias: add a trained number to each output channel.
        kernel_init: name of the initializer, one of `INITIALIZERS`.

    Example:
        >>> conv = Conv(32, 3)
        >>> conv.output_shape((32, 32, 3))
        (32, 32, 32)
        >>> conv.costs((32, 32, 3)).parameters
        896
    """

    features: int
    kernel_size: int | Shape
    strides: int | Shape = 1
    padding: Padding = "SAME"
    kernel_dilation: int | Shape = 1
    feature_group_count: int = 1
    use_bias: bool = True
    kernel_init: str = "lecun_normal"

    def __post_init__(self) -> None:
        check_int("features", self.features)
        check_ints("kernel_size", self.kernel_size)
        check_ints("strides", self.strides)
        check_padding(self.padding)
        check_ints("kernel_dilation", self.kernel_dilation)
        check_int("feature_group_count", self.feature_group_count)
        check_bool("use_bias", self.use_bias)
        check_choice("kernel_init", self.kernel_init, INITIALIZERS)
        check_same_rank(
            kernel_size=self.kernel_size,
            strides=self.strides,
            padding=self.padding,
            kernel_dilation=self.kernel_dilation,
        )
        if self.features % self.feature_group_count:
            raise ValueError(
                f"feature_group_count {self.feature_group_count} must divide features "
                f"{self.features}"
            )

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(*spatial, features)``, with the spatial sizes that strides and padding leave."""
        spatial, channels = self._split(input_shape)
        if channels % self.feature_group_count:
            raise ValueError(
                f"feature_group_count {self.feature_group_count} must divide the input's "
                f"{channels} channels"
            )
        spatial_out = F.conv_output_shape(
            spatial,
            self._kernel(input_shape),
            strides=self.strides,
            padding=self.padding,
            kernel_dilation=self.kernel_dilation,
        )
        return (*spatial_out, self.features)

    def costs(self, input_shape: Shape) -> Costs:
        """``(kernel * C_in / groups + 1) * features`` parameters, as the guides count them."""
        spatial_out = self.output_shape(input_shape)[:-1]
        kernel, channels = self._kernel(input_shape), input_shape[-1]
        groups = self.feature_group_count
        parameters = F.conv_parameters(
            kernel, channels, self.features, use_bias=self.use_bias, feature_group_count=groups
        )
        macs = F.conv_macs(spatial_out, kernel, channels, self.features, feature_group_count=groups)
        return Costs(parameters, macs, parameters * FLOAT32_BYTES)

    def window(self) -> Window:
        """The kernel, spread by its dilation, moved by the strides."""
        rank = max(
            len(value) if isinstance(value, tuple) else 1
            for value in (self.kernel_size, self.strides, self.kernel_dilation)
        )
        kernel = per_axis("kernel_size", self.kernel_size, rank)
        dilation = per_axis("kernel_dilation", self.kernel_dilation, rank)
        size = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
        return Window(size, per_axis("strides", self.strides, rank))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """An `nnx.Conv` that convolves with jaxcnn's own function."""
        self.output_shape(input_shape)  # raises where the layer does not fit its input
        return nnx.Conv(
            input_shape[-1],
            self.features,
            self._kernel(input_shape),
            self.strides,
            padding=self.padding,
            kernel_dilation=self.kernel_dilation,
            feature_group_count=self.feature_group_count,
            use_bias=self.use_bias,
            kernel_init=initializer(self.kernel_init),
            conv_general_dilated=F.conv_general_dilated,
            rngs=rngs,
        )

    def _kernel(self, input_shape: Shape) -> Shape:
        spatial, _ = self._split(input_shape)
        return per_axis("kernel_size", self.kernel_size, len(spatial))

    def _split(self, input_shape: Shape) -> tuple[Shape, int]:
        check_spatial(input_shape)
        return input_shape[:-1], input_shape[-1]


@dataclasses.dataclass(frozen=True)
class WhiteningConv(Layer):
    """A first convolution whose frozen filters whiten small patches of the training images.

    The filters are the eigenvectors of the covariance of all ``kernel_size`` patches, each
    scaled to unit variance, then each once more with its sign turned: ``2 * kernel * C_in``
    filters, with a trained bias. They start as random orthogonal filters; `nn.initialize_from_data`
    (which `fit` calls) sets them from images.

    Source: Page 2018, *How to train your ResNet*; Jordan 2024, *94% on CIFAR-10 in 3.29 seconds*.

    Args:
        kernel_size: the patches' side, in pixels; no padding, stride 1.
        epsilon: added to the eigenvalues, so that patches that never vary are not blown up.
    """

    kernel_size: int = 2
    epsilon: float = 5e-4

    def __post_init__(self) -> None:
        check_int("kernel_size", self.kernel_size)
        check_number("epsilon", self.epsilon, low=0.0)

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(H - kernel_size + 1, W - kernel_size + 1, 2 * kernel_size**2 * C_in)``."""
        return self._as_conv(input_shape).output_shape(input_shape)

    def costs(self, input_shape: Shape) -> Costs:
        """Only the bias is trained; the frozen filters cost multiplications and memory."""
        conv = self._as_conv(input_shape)
        return conv.costs(input_shape)._replace(parameters=conv.features)

    def window(self) -> Window:
        """The patch."""
        return Window((self.kernel_size,))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.WhiteningConv`."""
        self.output_shape(input_shape)
        return WhiteningConvModule(
            input_shape[-1], self.kernel_size, epsilon=self.epsilon, rngs=rngs
        )

    def _as_conv(self, input_shape: Shape) -> Conv:
        if len(input_shape) != 3:
            raise ValueError(f"input_shape must be (H, W, C), got {input_shape}")
        features = 2 * self.kernel_size**2 * input_shape[-1]
        return Conv(features, self.kernel_size, padding="VALID")
