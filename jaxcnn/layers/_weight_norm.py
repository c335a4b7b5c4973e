"""Layers around one layer that normalize its kernel: weight and spectral norm."""

import dataclasses

import jax.numpy as jnp
from flax import nnx
from jax import Array, lax, random

from jaxcnn._support.arguments import check_int
from jaxcnn.layers._call import call
from jaxcnn.layers._conv_transpose import ConvTranspose
from jaxcnn.layers._convolution import Conv
from jaxcnn.layers._dense import Dense
from jaxcnn.layers._depthwise import DepthwiseConv
from jaxcnn.layers._layer import FLOAT32_BYTES, Costs, Layer
from jaxcnn.layers._receptive_field import ReceptiveField, Shape
from jaxcnn.lowering import SlidingWindow

_WITH_KERNEL = (Conv, ConvTranspose, Dense, DepthwiseConv)
_FIRST_ITERATIONS = 15  # as in PyTorch, so that a new network is normalized, too
MIN_KERNEL_NORM = 1e-12
"""The smallest norm that `WeightNorm` and `SpectralNorm` divide a kernel by."""


@dataclasses.dataclass(frozen=True)
class _KernelNorm(Layer):
    """A layer around a layer with one kernel. It has the inner layer's shapes and costs."""

    layer: Layer

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.layer, _WITH_KERNEL):
            kinds = ", ".join(kind.__name__ for kind in _WITH_KERNEL)
            raise TypeError(f"layer: expected one of {kinds}, got {self.layer!r:.200}")

    def label(self, input_shape: Shape) -> str:
        """Return a label such as ``WeightNorm Conv 3×3 SAME``."""
        return f"{type(self).__name__} {self.layer.label(input_shape)}"

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the inner layer's output shape."""
        return self.layer.output_shape(input_shape)

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """Return the inner layer's receptive field."""
        return self.layer.receptive_field(input_shape)

    def sliding_window(self, input_shape: Shape) -> SlidingWindow | None:
        """Return the inner layer's window."""
        return self.layer.sliding_window(input_shape)


@dataclasses.dataclass(frozen=True)
class WeightNorm(_KernelNorm):
    """Weight normalization: the length of each filter is trained apart from its direction.

    The layer computes with ``scale * kernel / |kernel|``, where the norm is over all axes but the
    last, so that each output channel has one trained scale. A new layer starts with the norms of
    its initial kernel as scales, so that it computes the same as the inner layer. Keras and Flax
    have this layer by the same name; in PyTorch it is a parametrization.

    Args:
        layer: A `Conv`, `ConvTranspose`, `DepthwiseConv` or `Dense`.

    Example:
        >>> WeightNorm(Conv(8, 3)).costs((9, 9, 3)).parameters  # 8 scales more than the Conv
        232

    Source: Salimans and Kingma 2016, *Weight Normalization*.
    """

    def costs(self, input_shape: Shape) -> Costs:
        """Return the inner layer's costs, and one parameter per output channel."""
        channels = self.output_shape(input_shape)[-1]
        return self.layer.costs(input_shape) + Costs.of_trained(channels)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> "WeightNormModule":
        """Build a `WeightNormModule`."""
        return WeightNormModule(self.layer.build(input_shape, rngs=rngs))


@dataclasses.dataclass(frozen=True)
class SpectralNorm(_KernelNorm):
    """Spectral normalization: the kernel is divided by its largest singular value.

    The kernel is a matrix with one column per output channel here. So a dense layer changes the
    distance between two inputs at most by the factor 1. Each training step improves the estimate of
    the singular value by power iteration. It is used in the discriminators of GANs, and for
    networks whose outputs should not change faster than their inputs.

    Args:
        layer: A `Conv`, `ConvTranspose`, `DepthwiseConv` or `Dense`.
        n_steps: Number of power iterations per training step.

    Example:
        >>> SpectralNorm(Dense(4)).output_shape((8,))
        (4,)

    Source: Miyato et al. 2018, *Spectral Normalization for Generative Adversarial Networks*.
    """

    n_steps: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_int("n_steps", self.n_steps)

    def costs(self, input_shape: Shape) -> Costs:
        """Return the inner layer's costs, and the memory of one singular vector."""
        channels = self.output_shape(input_shape)[-1]
        return self.layer.costs(input_shape) + Costs(bytes=channels * FLOAT32_BYTES)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> "SpectralNormModule":
        """Build a `SpectralNormModule`."""
        layer = self.layer.build(input_shape, rngs=rngs)
        return SpectralNormModule(layer, n_steps=self.n_steps, rngs=rngs)


class WeightNormModule(nnx.Module):
    """A module that computes with ``scale * kernel / |kernel|``, one trained scale per channel.

    Unlike `nnx.WeightNorm`, it starts with the scales of the initial kernel, and a call does not
    change the kernel.

    Args:
        layer: A module with a `kernel` whose last axis is the output channels.
    """

    def __init__(self, layer: nnx.Module) -> None:
        self.layer = layer
        kernel = layer.kernel[...]  # type: ignore[attr-defined]
        self.scale = nnx.Param(_column_norms(kernel).astype(kernel.dtype))

    def __call__(self, inputs: Array) -> Array:
        """Apply the module with the normalized kernel."""
        kernel = self.layer.kernel[...]  # type: ignore[attr-defined]
        factor = self.scale[...] / jnp.maximum(_column_norms(kernel), MIN_KERNEL_NORM)
        return _call_with(self.layer, kernel * factor.astype(kernel.dtype), inputs)


class SpectralNormModule(nnx.Module):
    """A module that computes with its kernel divided by the kernel's largest singular value.

    Unlike `nnx.SpectralNorm`, the estimate is good from the start, a call does not change the
    kernel, and eval mode does not iterate.

    Args:
        layer: A module with a `kernel` whose last axis is the output channels.
        n_steps: Number of power iterations per call in train mode.
        rngs: Random numbers for the start of the first iterations.
    """

    def __init__(self, layer: nnx.Module, *, n_steps: int = 1, rngs: nnx.Rngs) -> None:
        check_int("n_steps", n_steps)
        self.layer, self.n_steps = layer, n_steps
        matrix = _matrix(layer.kernel[...])  # type: ignore[attr-defined]
        start = random.normal(rngs.params(), (matrix.shape[-1],), matrix.dtype)
        self.u = nnx.BatchStat(_iterate(matrix, _unit(start), _FIRST_ITERATIONS))

    def __call__(self, inputs: Array, *, train: bool = False) -> Array:
        """Apply the module with the normalized kernel.

        Args:
            inputs: Inputs of the inner module.
            train: True to improve the estimate of the singular value, and keep it.
        """
        kernel = self.layer.kernel[...]  # type: ignore[attr-defined]
        matrix, u = _matrix(kernel), self.u[...]
        if train:
            u = self.u[...] = _iterate(lax.stop_gradient(matrix), u, self.n_steps)
        v = lax.stop_gradient(_unit(_times(matrix, u)))
        largest = (v * _times(matrix, u)).sum()
        normalized = kernel / jnp.maximum(largest, MIN_KERNEL_NORM).astype(kernel.dtype)
        return _call_with(self.layer, normalized, inputs)


def _call_with(layer: nnx.Module, kernel: Array, inputs: Array) -> Array:
    """Call a copy of the layer that has another kernel; the layer itself stays unchanged."""
    layer = nnx.clone(layer)
    layer.kernel = nnx.Param(kernel)  # type: ignore[attr-defined]
    return call(layer, inputs, train=False, key=None)


def _matrix(kernel: Array) -> Array:
    kernel = kernel.astype(jnp.promote_types(kernel.dtype, jnp.float32))
    return kernel.reshape(-1, kernel.shape[-1])


def _column_norms(kernel: Array) -> Array:
    # The norm of a column of zeros has no derivative.
    squares = (_matrix(kernel) ** 2).sum(0)
    return jnp.sqrt(jnp.maximum(squares, MIN_KERNEL_NORM**2))


def _iterate(matrix: Array, u: Array, steps: int) -> Array:
    """Return the right singular vector after some power iterations."""
    for _ in range(steps):
        u = _unit(_times(matrix.T, _unit(_times(matrix, u))))
    return u


def _times(matrix: Array, vector: Array) -> Array:
    return (matrix * vector).sum(-1)  # exact float32, on GPUs too


def _unit(vector: Array) -> Array:
    return vector / jnp.maximum(jnp.sqrt((vector**2).sum()), MIN_KERNEL_NORM)
