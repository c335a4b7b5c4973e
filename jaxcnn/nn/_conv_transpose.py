"""A transposed convolution that runs on jaxcnn's own."""

from collections.abc import Callable

import jax.numpy as jnp
from flax import nnx
from jax import Array

from jaxcnn import functional as F


class ConvTranspose(nnx.Module):
    """`functional.conv_transpose` with weights (`nnx.ConvTranspose` convolves with XLA's).

    Args:
        in_features: channels of the inputs.
        out_features: number of filters.
        kernel_size: the filters' side along each spatial axis.
        strides: strides of the forward convolution: how many times the output is larger.
        padding: padding of the forward convolution.
        use_bias: add a trained number to each output channel.
        kernel_init: initializer of the kernel ``(*kernel_size, in_features, out_features)``.
        bias_init: initializer of the bias ``(out_features,)``.
        rngs: for the initializers.
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
        rngs: nnx.Rngs,
    ) -> None:
        self.in_features, self.kernel_size = in_features, kernel_size
        self.strides, self.padding = strides, padding
        shape = (*kernel_size, in_features, out_features)
        self.kernel = nnx.Param(kernel_init(rngs.params(), shape))
        self.bias = (
            nnx.Param(bias_init(rngs.params(), (out_features,))) if use_bias else nnx.data(None)
        )

    def __call__(self, inputs: Array) -> Array:
        """``(N, *spatial, in_features)`` to ``(N, *larger, out_features)``."""
        dtype = jnp.promote_types(inputs.dtype, self.kernel.dtype)
        return F.conv_transpose(
            inputs.astype(dtype),
            self.kernel[...].astype(dtype),
            None if self.bias is None else self.bias[...].astype(dtype),
            strides=self.strides,
            padding=self.padding,
        )
