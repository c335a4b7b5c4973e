"""Transposed convolution: a layer that enlarges its input."""

import dataclasses
import math
from collections.abc import Callable

import jax.numpy as jnp
from flax import nnx
from jax import Array

from jaxcnn import functional as F
from jaxcnn._support.arguments import as_plain, check_int, check_ints, per_axis
from jaxcnn._support.units import sides
from jaxcnn.layers._channels import check_divides
from jaxcnn.layers._convolution import Conv, Padding
from jaxcnn.layers._initializers import Init, check_no_dirac, initializer
from jaxcnn.layers._layer import Costs, Layer, check_same_rank, check_spatial
from jaxcnn.layers._receptive_field import ReceptiveField, Shape
from jaxcnn.lowering import SlidingWindow


@dataclasses.dataclass(frozen=True)
class ConvTranspose(Layer):
    """A transposed convolution (also called deconvolution), which enlarges its input.

    Each input pixel adds a copy of the filters, multiplied by the pixel, to the output. Strides and
    padding are given for the *forward* convolution, the ordinary convolution that this layer
    reverses, as in PyTorch. In each dimension, with input size W, kernel size K, stride S, padding
    P (both sides together) and output padding O, the output size is

        (W - 1) * S + K - P + O
        W * S                    with SAME and CIRCULAR padding
        W * S + max(K - S, 0)    with VALID padding

    Args:
        features: Number of output channels.
        kernel_size: Side of the filters, or one side per spatial axis.
        strides: Factor by which the output is larger: one for all axes, or one per axis.
        padding: Padding of the forward convolution: ``"SAME"``, ``"VALID"``, ``"CIRCULAR"``, an
            integer, an integer per axis, or a ``(low, high)`` pair per axis. More padding makes the
            output smaller.
        use_bias: Whether to add a trained bias to each output channel.
        kernel_init: Initializer of the kernel: one of `INITIALIZERS` except ``"dirac"``, or a tuple
            of a name and its arguments, such as ``("normal", 0.01)``.
        bias_init: Initializer of the bias.
        feature_group_count: Number of groups of channels that do not mix.
        output_padding: Number of rows and columns added at the end of the output, less than the
            strides: one for all axes, or one per axis. Use it only with a `padding` of integers or
            pairs, not with a name.

    Example:
        >>> ConvTranspose(8, 4, strides=2, padding=1).output_shape((7, 7, 16))
        (14, 14, 8)
        >>> ConvTranspose(8, 3, strides=2, padding=1, output_padding=1).output_shape((7, 7, 16))
        (14, 14, 8)

    Source: Zeiler et al. 2010, *Deconvolutional Networks*.
    """

    features: int
    kernel_size: int | Shape
    strides: int | Shape = 1
    padding: Padding = "SAME"
    use_bias: bool = True
    kernel_init: Init = "lecun_normal"
    bias_init: Init = "zeros"
    feature_group_count: int = 1
    output_padding: int | Shape = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        Conv(  # raises for arguments that are wrong for a Conv
            self.features,
            self.kernel_size,
            self.strides,
            self.padding,
            use_bias=self.use_bias,
            kernel_init=self.kernel_init,
            bias_init=self.bias_init,
            feature_group_count=self.feature_group_count,
        )
        check_no_dirac("kernel_init", self.kernel_init)
        check_ints("output_padding", self.output_padding, minimum=0)
        check_same_rank(
            kernel_size=self.kernel_size,
            strides=self.strides,
            padding=self.padding,
            output_padding=self.output_padding,
        )
        tuples = (self.kernel_size, self.strides, self.padding, self.output_padding)
        rank = max((len(each) for each in tuples if isinstance(each, tuple)), default=1)
        size = (1000 + 2 * self._reach(),) * rank  # any that no padding uses up
        self.output_shape((*size, self.feature_group_count))  # checks the output padding

    def _reach(self) -> int:
        pairs = self.padding if isinstance(self.padding, tuple) else (self.padding,)
        sides = [side for pair in pairs for side in (pair if isinstance(pair, tuple) else (pair,))]
        return max((side for side in sides if isinstance(side, int)), default=0)

    def label(self, input_shape: Shape) -> str:
        """Return a label such as ``ConvTranspose 4×4``."""
        check_spatial(input_shape)
        return f"ConvTranspose {sides(self._kernel(input_shape))}"

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(*spatial, features)``, with the sizes of `conv_transpose_output_shape`."""
        check_spatial(input_shape)
        check_divides("feature_group_count", self.feature_group_count, input_shape)
        spatial = F.conv_transpose_output_shape(
            input_shape[:-1],
            self._kernel(input_shape),
            strides=self.strides,
            padding=self.padding,
            output_padding=self.output_padding,
        )
        return (*spatial, self.features)

    def costs(self, input_shape: Shape) -> Costs:
        """Count the multiplications of the forward convolution: each weight at each input pixel."""
        self.output_shape(input_shape)
        *positions, channels = input_shape
        kernel = self._kernel(input_shape)
        parameters = F.conv_parameters(
            kernel,
            channels,
            self.features,
            use_bias=self.use_bias,
            feature_group_count=self.feature_group_count,
        )
        weights = math.prod(kernel) * channels * self.features // self.feature_group_count
        macs = math.prod(positions) * weights
        return Costs.of_trained(parameters, macs)

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """Return the whole input, because neighboring outputs have no fixed stride in the input."""
        self.output_shape(input_shape)
        return ReceptiveField.of_everything(input_shape[:-1])

    def sliding_window(self, input_shape: Shape) -> SlidingWindow | None:
        """Return the window over the input dilated by the strides; None with CIRCULAR padding."""
        if self.padding == "CIRCULAR":
            return None
        self.output_shape(input_shape)
        return F.conv_transpose_window(
            input_shape[:-1],
            self._kernel(input_shape),
            strides=self.strides,
            padding=self.padding,
            output_padding=self.output_padding,
        )

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `ConvTransposeModule`."""
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
            feature_group_count=self.feature_group_count,
            output_padding=self.output_padding,
            rngs=rngs,
        )

    def _kernel(self, input_shape: Shape) -> Shape:
        return per_axis("kernel_size", self.kernel_size, len(input_shape) - 1)


class ConvTransposeModule(nnx.Module):
    """A transposed convolution with weights, by `functional.conv_transpose`.

    Args:
        in_features: Number of input channels.
        out_features: Number of filters.
        kernel_size: Side of the filters along each spatial axis.
        strides: Strides of the forward convolution: the factor by which the output is larger.
        padding: Padding of the forward convolution.
        use_bias: Whether to add a trained bias to each output channel.
        kernel_init: Initializer of the kernel ``(*kernel_size, in_features / groups,
            out_features)``.
        bias_init: Initializer of the bias ``(out_features,)``.
        feature_group_count: Number of groups of channels that do not mix.
        output_padding: Number of rows and columns added at the end of the output.
        rngs: Random numbers for the initializers.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        kernel_size: tuple[int, ...],
        *,
        strides: int | tuple[int, ...],
        padding: F.PaddingLike,
        use_bias: bool,
        kernel_init: Callable[..., Array],
        bias_init: Callable[..., Array],
        feature_group_count: int = 1,
        output_padding: int | tuple[int, ...] = 0,
        rngs: nnx.Rngs,
    ) -> None:
        check_int("in_features", in_features)
        ConvTranspose(  # raises for what it does not take
            out_features,
            kernel_size,
            strides,
            as_plain(padding),
            use_bias,
            feature_group_count=feature_group_count,
            output_padding=output_padding,
        )
        check_divides("feature_group_count", feature_group_count, (in_features,))
        self.in_features, self.kernel_size = in_features, kernel_size
        self.strides = strides
        self.padding: F.PaddingLike = padding
        self.feature_group_count, self.output_padding = feature_group_count, output_padding
        shape = (*kernel_size, in_features // feature_group_count, out_features)
        self.kernel = nnx.Param(kernel_init(rngs.params(), shape))
        self.bias = (
            nnx.Param(bias_init(rngs.params(), (out_features,))) if use_bias else nnx.data(None)
        )

    def __call__(self, inputs: Array) -> Array:
        """Map ``(N, *spatial, in_features)`` to ``(N, *larger, out_features)``."""
        dtype = jnp.promote_types(inputs.dtype, self.kernel.dtype)
        return F.conv_transpose(
            inputs.astype(dtype),
            self.kernel[...].astype(dtype),
            None if self.bias is None else self.bias[...].astype(dtype),
            strides=self.strides,
            padding=self.padding,
            output_padding=self.output_padding,
            feature_group_count=self.feature_group_count,
        )
