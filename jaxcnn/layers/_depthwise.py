"""Depthwise and depthwise separable convolution layers."""

import dataclasses

from flax import nnx
from jax import Array

from jaxcnn._support.arguments import check_int
from jaxcnn.layers._call import check_inputs
from jaxcnn.layers._convolution import Conv, Padding
from jaxcnn.layers._initializers import Init, check_no_dirac
from jaxcnn.layers._layer import Costs, Layer, check_spatial
from jaxcnn.layers._receptive_field import ReceptiveField, Shape
from jaxcnn.lowering import SlidingWindow


@dataclasses.dataclass(frozen=True)
class DepthwiseConv(Layer):
    """A depthwise convolution: each channel is convolved separately with its own filters.

    Output channel ``c * channel_multiplier + m`` is channel c convolved with its filter m. In each
    dimension, with input size W, kernel size K, padding P (both sides together) and stride S, the
    output size is

        floor((W - K + P) / S) + 1
        ceil(W / S)                   with SAME and CIRCULAR padding

    Args:
        kernel_size: Side of the filters, or one side per spatial axis.
        strides: Step of the filters: one for all axes, or one per axis.
        padding: ``"SAME"``, ``"VALID"`` (none), ``"CIRCULAR"``, an integer, an integer per axis, or
            a ``(low, high)`` pair per axis.
        kernel_dilation: Distance between neighboring elements of the filters (atrous convolution).
        channel_multiplier: Number of filters per channel.
        use_bias: Whether to add a trained bias to each output channel.
        kernel_init: Initializer of the kernel: one of `INITIALIZERS` except ``"dirac"``, or a tuple
            of a name and its arguments, such as ``("normal", 0.01)``.
        bias_init: Initializer of the bias.

    Example:
        >>> conv = DepthwiseConv(3)
        >>> conv.output_shape((32, 32, 16)), conv.costs((32, 32, 16)).parameters
        ((32, 32, 16), 160)

    Source: Sifre 2014, *Rigid-Motion Scattering for Image Classification*.
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
        self._on_channels(1)  # raises for arguments that are wrong for a Conv
        check_no_dirac("kernel_init", self.kernel_init)

    def label(self, input_shape: Shape) -> str:
        """Return a label such as ``DepthwiseConv 3×3 SAME``."""
        return f"Depthwise{self._as_conv(input_shape).label(input_shape)}"

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(*spatial, channel_multiplier * C)``."""
        return self._as_conv(input_shape).output_shape(input_shape)

    def costs(self, input_shape: Shape) -> Costs:
        """Count the weights and biases as parameters, and the multiplications."""
        return self._as_conv(input_shape).costs(input_shape)

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """Return the extent of the kernel, dilation included, and its strides."""
        return self._as_conv(input_shape).receptive_field(input_shape)

    def sliding_window(self, input_shape: Shape) -> SlidingWindow | None:
        """Return the window of the kernel; None with CIRCULAR padding, which joins the edges."""
        return self._as_conv(input_shape).sliding_window(input_shape)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Conv:
        """Build an `nnx.Conv` with one group per channel."""
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
    """A depthwise separable convolution: a `DepthwiseConv` without bias, then a 1×1 `Conv`.

    For a window of K pixels and one filter per channel, the layer takes ``K * C + C * features``
    multiplications per position. A `Conv` takes ``K * C * features``.

    Args:
        features: Number of output channels.
        kernel_size: Side of the depthwise filters, or one side per spatial axis.
        strides: Step of the depthwise filters: one for all axes, or one per axis.
        padding: ``"SAME"``, ``"VALID"`` (none), ``"CIRCULAR"``, an integer, an integer per axis, or
            a ``(low, high)`` pair per axis.
        kernel_dilation: Distance between neighboring elements of the depthwise filters.
        channel_multiplier: Number of depthwise filters per channel.
        use_bias: Whether to add a trained bias to each output channel.
        kernel_init: Initializer of the kernels of both convolutions: one of `INITIALIZERS` except
            ``"dirac"``, or a tuple of a name and its arguments, such as ``("normal", 0.01)``.
        bias_init: Initializer of the bias.

    Example:
        >>> SeparableConv(64, 3).costs((32, 32, 16)).parameters, 9 * 16 + (16 + 1) * 64
        (1232, 1232)

    Source: Chollet 2017, *Xception: Deep Learning with Depthwise Separable Convolutions*.
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
        self._pointwise()  # these two raise for wrong arguments
        self._depthwise()

    def label(self, input_shape: Shape) -> str:
        """Return a label such as ``SeparableConv 3×3 SAME``."""
        return self._depthwise().label(input_shape).replace("Depthwise", "Separable")

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(*spatial, features)``."""
        return self._pointwise().output_shape(self._depthwise().output_shape(input_shape))

    def costs(self, input_shape: Shape) -> Costs:
        """Return the sum of the costs of both steps."""
        between = self._depthwise().output_shape(input_shape)
        return self._depthwise().costs(input_shape) + self._pointwise().costs(between)

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """Return the receptive field of the depthwise step."""
        return self._depthwise().receptive_field(input_shape)

    def sliding_window(self, input_shape: Shape) -> SlidingWindow | None:
        """Return the window of the depthwise step; None with CIRCULAR padding."""
        return self._depthwise().sliding_window(input_shape)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `SeparableConvModule`."""
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
    """A depthwise and a pointwise convolution, one after the other.

    Args:
        depthwise: Convolves each channel separately.
        pointwise: Mixes the channels of each pixel.
    """

    def __init__(self, depthwise: nnx.Conv, pointwise: nnx.Conv) -> None:
        self.depthwise, self.pointwise = depthwise, pointwise

    def __call__(self, inputs: Array) -> Array:
        """Map ``(N, *spatial, C)`` to ``(N, *fewer, features)``."""
        check_inputs(self.depthwise, inputs)
        return self.pointwise(self.depthwise(inputs))
