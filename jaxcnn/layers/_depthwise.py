"""Convolutions that filter each channel by itself."""

import dataclasses

from flax import nnx
from jax import Array

from jaxcnn._support.arguments import check_int
from jaxcnn.layers._call import check_inputs
from jaxcnn.layers._convolution import Conv, Padding
from jaxcnn.layers._initializers import Init, check_no_dirac
from jaxcnn.layers._layer import Costs, Layer, check_spatial
from jaxcnn.layers._receptive_field import ReceptiveField, Shape


@dataclasses.dataclass(frozen=True)
class DepthwiseConv(Layer):
    """A convolution with `channel_multiplier` filters for each channel, which see it alone.

    Output channel ``c * channel_multiplier + m`` is channel c under its filter m.

    Source: Sifre 2014, *Rigid-Motion Scattering for Image Classification*.

    Args:
        kernel_size: as in `Conv`, like the next three.
        strides: step of the filters.
        padding: around the picture.
        kernel_dilation: distance between neighboring taps of the filters.
        channel_multiplier: number of filters for each channel.
        use_bias: add a trained number to each output channel.
        kernel_init: as in `Conv`, but not ``"dirac"``.
        bias_init: the initializer of the bias.

    Example:
        >>> conv = DepthwiseConv(3)
        >>> conv.output_shape((32, 32, 16)), conv.costs((32, 32, 16)).parameters
        ((32, 32, 16), 160)
    """

    kernel_size: int | Shape
    strides: int | Shape = 1
    padding: Padding = "SAME"
    kernel_dilation: int | Shape = 1
    channel_multiplier: int = 1
    use_bias: bool = True
    kernel_init: Init = "lecun_normal"
    bias_init: Init = "zeros"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("channel_multiplier", self.channel_multiplier)
        self._on_channels(1)  # raises for whatever a Conv would raise for
        check_no_dirac("kernel_init", self.kernel_init)

    def label(self, input_shape: Shape) -> str:
        """``DepthwiseConv 3×3 SAME``, say."""
        return f"Depthwise{self._as_conv(input_shape).label(input_shape)}"

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(*spatial, channel_multiplier * C)``."""
        return self._as_conv(input_shape).output_shape(input_shape)

    def costs(self, input_shape: Shape) -> Costs:
        """``(kernel + 1) * channel_multiplier * C`` parameters."""
        return self._as_conv(input_shape).costs(input_shape)

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """As in `Conv`."""
        return self._as_conv(input_shape).receptive_field(input_shape)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Conv:
        """An `nnx.Conv` with one group a channel."""
        return self._as_conv(input_shape).build(input_shape, rngs=rngs)

    def _as_conv(self, input_shape: Shape) -> Conv:
        check_spatial(input_shape)
        return self._on_channels(input_shape[-1])

    def _on_channels(self, channels: int) -> Conv:
        return Conv(
            channels * self.channel_multiplier,
            self.kernel_size,
            self.strides,
            self.padding,
            self.kernel_dilation,
            channels,
            self.use_bias,
            self.kernel_init,
            self.bias_init,
        )


@dataclasses.dataclass(frozen=True)
class SeparableConv(Layer):
    """A `DepthwiseConv` without bias, then a 1×1 `Conv` that mixes the channels.

    For a window of K pixels it takes ``K * C + C * features`` multiplications a place (at one
    filter a channel) in place of ``K * C * features``.

    Source: Chollet 2017, *Xception: Deep Learning with Depthwise Separable Convolutions*.

    Args:
        features: number of output channels.
        kernel_size: of the depthwise step, as in `Conv`, like the next three.
        strides: step of the filters.
        padding: around the picture.
        kernel_dilation: distance between neighboring taps of the filters.
        channel_multiplier: number of depthwise filters for each channel.
        use_bias: add a trained number to each output channel.
        kernel_init: of both steps, as in `Conv`, but not ``"dirac"``.
        bias_init: the initializer of the bias.

    Example:
        >>> SeparableConv(64, 3).costs((32, 32, 16)).parameters, 9 * 16 + (16 + 1) * 64
        (1232, 1232)
    """

    features: int
    kernel_size: int | Shape
    strides: int | Shape = 1
    padding: Padding = "SAME"
    kernel_dilation: int | Shape = 1
    channel_multiplier: int = 1
    use_bias: bool = True
    kernel_init: Init = "lecun_normal"
    bias_init: Init = "zeros"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._pointwise()  # these two raise for whatever does not suit them
        self._depthwise()

    def label(self, input_shape: Shape) -> str:
        """``SeparableConv 3×3 SAME``, say."""
        return self._depthwise().label(input_shape).replace("Depthwise", "Separable")

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(*spatial, features)``."""
        return self._pointwise().output_shape(self._depthwise().output_shape(input_shape))

    def costs(self, input_shape: Shape) -> Costs:
        """The sum of both steps."""
        between = self._depthwise().output_shape(input_shape)
        return self._depthwise().costs(input_shape) + self._pointwise().costs(between)

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """That of the depthwise step."""
        return self._depthwise().receptive_field(input_shape)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `SeparableConvModule`."""
        depthwise, pointwise = self._depthwise(), self._pointwise()
        between = depthwise.output_shape(input_shape)
        return SeparableConvModule(
            depthwise.build(input_shape, rngs=rngs), pointwise.build(between, rngs=rngs)
        )

    def _depthwise(self) -> DepthwiseConv:
        return DepthwiseConv(
            self.kernel_size,
            self.strides,
            self.padding,
            self.kernel_dilation,
            self.channel_multiplier,
            use_bias=False,
            kernel_init=self.kernel_init,
        )

    def _pointwise(self) -> Conv:
        return Conv(
            self.features,
            1,
            use_bias=self.use_bias,
            kernel_init=self.kernel_init,
            bias_init=self.bias_init,
        )


class SeparableConvModule(nnx.Module):
    """Two convolutions, the second on what the first makes.

    Args:
        depthwise: filters each channel by itself.
        pointwise: mixes the channels of each pixel.
    """

    def __init__(self, depthwise: nnx.Conv, pointwise: nnx.Conv) -> None:
        self.depthwise, self.pointwise = depthwise, pointwise

    def __call__(self, inputs: Array) -> Array:
        """``(N, *spatial, C)`` to ``(N, *fewer, features)``."""
        check_inputs(self.depthwise, inputs)
        return self.pointwise(self.depthwise(inputs))
