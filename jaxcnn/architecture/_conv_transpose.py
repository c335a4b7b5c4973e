"""Transposed convolution: a layer that enlarges."""

import dataclasses
import math

from flax import nnx

from jaxcnn import functional as F
from jaxcnn._support.arguments import per_axis
from jaxcnn._support.units import sides
from jaxcnn.architecture._checks import check_spatial
from jaxcnn.architecture._convolution import Conv, Padding
from jaxcnn.architecture._initializers import Init, check_no_dirac, initializer
from jaxcnn.architecture._layer import Costs, Layer, Shape, Window
from jaxcnn.nn import ConvTranspose as ConvTransposeModule


@dataclasses.dataclass(frozen=True)
class ConvTranspose(Layer):
    """A convolution backwards: each input pixel lays a copy of the filters into the output.

    Strides and padding are those of the forward convolution whose input it makes, as in PyTorch.

    Source: Zeiler et al. 2010, *Deconvolutional Networks*.

    Args:
        features: number of output channels.
        kernel_size: the filters' side, or one side for each spatial axis.
        strides: how many times the output is larger, one for all axes or one each.
        padding: as in `Conv`; more of it makes the output smaller.
        use_bias: add a trained number to each output channel.
        kernel_init: as in `Conv`, but not ``"dirac"``.
        bias_init: the initializer of the bias.

    Example:
        >>> ConvTranspose(8, 4, strides=2, padding=1).output_shape((7, 7, 16))
        (14, 14, 8)
    """

    features: int
    kernel_size: int | Shape
    strides: int | Shape = 1
    padding: Padding = "SAME"
    use_bias: bool = True
    kernel_init: Init = "lecun_normal"
    bias_init: Init = "zeros"

    def __post_init__(self) -> None:
        super().__post_init__()
        Conv(  # raises for whatever suits no convolution
            self.features,
            self.kernel_size,
            self.strides,
            self.padding,
            use_bias=self.use_bias,
            kernel_init=self.kernel_init,
            bias_init=self.bias_init,
        )
        check_no_dirac("kernel_init", self.kernel_init)

    def label(self, input_shape: Shape) -> str:
        """``ConvTranspose 4×4``, say."""
        check_spatial(input_shape)
        return f"ConvTranspose {sides(self._kernel(input_shape))}"

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(*spatial, features)``, with the sizes of `functional.conv_transpose_output_shape`."""
        check_spatial(input_shape)
        spatial = F.conv_transpose_output_shape(
            input_shape[:-1], self._kernel(input_shape), strides=self.strides, padding=self.padding
        )
        return (*spatial, self.features)

    def costs(self, input_shape: Shape) -> Costs:
        """As many multiplications as the forward convolution: each weight at each input pixel."""
        self.output_shape(input_shape)
        *places, channels = input_shape
        kernel = self._kernel(input_shape)
        parameters = F.conv_parameters(kernel, channels, self.features, use_bias=self.use_bias)
        macs = math.prod(places) * math.prod(kernel) * channels * self.features
        return Costs.of_trained(parameters, macs)

    def window(self, input_shape: Shape) -> Window:
        """Everything: outputs between two strides see other pixels than those on a stride."""
        self.output_shape(input_shape)
        return Window.of_everything(input_shape[:-1])

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `jaxcnn.nn.ConvTranspose`."""
        self.output_shape(input_shape)
        return ConvTransposeModule(
            input_shape[-1],
            self.features,
            self._kernel(input_shape),
            strides=self.strides,
            padding=self.padding,
            use_bias=self.use_bias,
            kernel_init=initializer(self.kernel_init),
            bias_init=initializer(self.bias_init),
            rngs=rngs,
        )

    def _kernel(self, input_shape: Shape) -> Shape:
        return per_axis("kernel_size", self.kernel_size, len(input_shape) - 1)
