"""The convolution layer."""

import dataclasses
import functools

from flax import nnx

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_bool, check_int, check_ints, per_axis
from jaxcnn._support.units import sides
from jaxcnn.layers._initializers import BIAS_INITIALIZERS, Init, check_initializer, initializer
from jaxcnn.layers._layer import (
    Costs,
    Layer,
    check_fits,
    check_padding,
    check_same_rank,
    check_spatial,
)
from jaxcnn.layers._receptive_field import ReceptiveField, Shape
from jaxcnn.lowering import SlidingWindow, dilated

Padding = F.PaddingName | int | tuple[int | tuple[int, int], ...]


@dataclasses.dataclass(frozen=True)
class Conv(Layer):
    """A convolution layer with `features` filters.

    Each filter slides over the image and gives one output channel. At each position, the filter's
    weights are multiplied by the pixels below the filter, in all input channels. The output is the
    sum of the products and a bias. The layer maps ``(N, *spatial, C_in)`` to
    ``(N, *output_spatial, features)``.

    In each dimension, with input size W, kernel size K, padding P (both sides together) and stride
    S, the output size is

        floor((W - K + P) / S) + 1
        ceil(W / S)                   with SAME and CIRCULAR padding

    For a kernel dilated by D, replace K by the kernel's extent ``(K - 1) * D + 1``.

    The layer has ``(K1 * K2 * ... * C_in / feature_group_count + 1) * features`` parameters, where
    K1, K2, ... are the kernel sizes along the axes. The 1 is the bias; without a bias, it is 0.

    Args:
        features: Number of filters, which is the number of output channels.
        kernel_size: Side of the filters, or one side per spatial axis.
        strides: Step of the filters: one for all axes, or one per axis.
        padding: ``"SAME"``, ``"VALID"`` (none), ``"CIRCULAR"``, an integer, an integer per axis, or
            a ``(low, high)`` pair per axis.
        kernel_dilation: Distance between neighboring elements of the filters (atrous convolution).
        feature_group_count: Number of groups of channels that do not mix.
        use_bias: Whether to add a trained bias to each output channel.
        kernel_init: Initializer of the kernel: one of `INITIALIZERS`, or a tuple of a name and its
            arguments, such as ``("normal", 0.01)``. ``"dirac"``, which starts as the identity,
            needs a `feature_group_count` of 1.
        bias_init: Initializer of the bias.

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
    kernel_init: Init = "lecun_normal"
    bias_init: Init = "zeros"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("features", self.features)
        check_ints("kernel_size", self.kernel_size)
        check_ints("strides", self.strides)
        check_padding(self.padding)
        check_ints("kernel_dilation", self.kernel_dilation)
        check_int("feature_group_count", self.feature_group_count)
        check_bool("use_bias", self.use_bias)
        check_initializer("kernel_init", self.kernel_init)
        check_initializer("bias_init", self.bias_init, BIAS_INITIALIZERS)
        check_same_rank(
            kernel_size=self.kernel_size,
            strides=self.strides,
            padding=self.padding,
            kernel_dilation=self.kernel_dilation,
        )
        if self.features % self.feature_group_count:
            raise ValueError(
                f"feature_group_count: expected a divisor of features {self.features}, got "
                f"{self.feature_group_count}"
            )
        if self.kernel_init == "dirac" and self.feature_group_count > 1:
            raise ValueError(
                "feature_group_count: expected 1 with kernel_init 'dirac', which is the identity "
                f"only if every filter takes all channels, got {self.feature_group_count}"
            )

    def label(self, input_shape: Shape) -> str:
        """Return a label such as ``Conv 3×3/2 SAME``, without strides of 1 or numeric padding."""
        check_spatial(input_shape)
        strides = "" if self.strides == 1 else f"/{sides(self.strides)}"
        padding = f" {self.padding}" if isinstance(self.padding, str) else ""
        return f"Conv {sides(self._kernel(input_shape))}{strides}{padding}"

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(*spatial, features)``, with the spatial sizes after strides and padding."""
        return (*self._window(input_shape).outputs, self.features)

    def costs(self, input_shape: Shape) -> Costs:
        """Count the weights and biases as parameters, and the multiplications."""
        *spatial_out, _ = self.output_shape(input_shape)
        kernel, channels = self._kernel(input_shape), input_shape[-1]
        groups = self.feature_group_count
        parameters = F.conv_parameters(
            kernel, channels, self.features, use_bias=self.use_bias, feature_group_count=groups
        )
        macs = F.conv_macs(spatial_out, kernel, channels, self.features, feature_group_count=groups)
        return Costs.of_trained(parameters, macs)

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """Return the extent of the kernel, dilation included, and its strides."""
        return ReceptiveField.of_window(self._window(input_shape))

    def sliding_window(self, input_shape: Shape) -> SlidingWindow | None:
        """Return the window of the kernel; None with CIRCULAR padding, which joins the edges."""
        return None if self.padding == "CIRCULAR" else self._window(input_shape)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Conv:
        """Build an `nnx.Conv` that convolves with `jaxcnn.functional.conv_general_dilated`."""
        self.output_shape(input_shape)  # raises if the layer does not fit its input
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
            bias_init=initializer(self.bias_init),
            conv_general_dilated=F.conv_general_dilated,
            rngs=rngs,
        )

    def _window(self, input_shape: Shape) -> SlidingWindow:
        """Resolve strides and padding per axis to a sliding window."""
        check_spatial(input_shape)
        *spatial, channels = input_shape
        if channels % self.feature_group_count:
            raise ValueError(
                f"feature_group_count: expected a divisor of the input's {channels} channels, got "
                f"{self.feature_group_count}"
            )
        kernel = self._kernel(input_shape)
        dilation = per_axis("kernel_dilation", self.kernel_dilation, len(spatial))
        return _window_of(tuple(spatial), kernel, self.strides, self.padding, dilation)

    def _kernel(self, input_shape: Shape) -> Shape:
        return per_axis("kernel_size", self.kernel_size, len(input_shape) - 1)


# Cached, since shapes, costs and receptive fields need it and networks repeat layers often.
@functools.lru_cache(maxsize=1024)
def _window_of(
    spatial_shape: Shape,
    kernel_size: Shape,
    strides: int | Shape,
    padding: Padding,
    kernel_dilation: Shape,
) -> SlidingWindow:
    check_fits(spatial_shape, tuple(map(dilated, kernel_size, kernel_dilation)), padding)
    return F.conv_window(
        spatial_shape,
        kernel_size,
        strides=strides,
        padding=padding,
        kernel_dilation=kernel_dilation,
    )
