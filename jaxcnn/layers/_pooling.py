"""Pooling layers, which make images smaller and have no parameters."""

import dataclasses
from typing import Any, ClassVar

from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn._support.arguments import (
    as_plain,
    check_bool,
    check_choice,
    check_int,
    check_ints,
    check_tuple_of_ints,
    per_axis,
)
from jaxcnn._support.units import sides
from jaxcnn.layers._convolution import Padding
from jaxcnn.layers._layer import (
    ShapeLayer,
    check_fits,
    check_padding,
    check_same_rank,
    check_spatial,
)
from jaxcnn.layers._receptive_field import ReceptiveField, Shape
from jaxcnn.lowering import SlidingWindow


@dataclasses.dataclass(frozen=True)
class _WindowPool(ShapeLayer):
    """Base class of MaxPool and AvgPool."""

    window_shape: int | Shape
    strides: int | Shape | None = None
    padding: Padding = "VALID"
    ceil_mode: bool = False

    function: ClassVar[str]

    def __post_init__(self) -> None:
        super().__post_init__()
        check_ints("window_shape", self.window_shape)
        if self.strides is not None:
            check_ints("strides", self.strides)
        check_padding(self.padding)
        check_bool("ceil_mode", self.ceil_mode)
        check_same_rank(window_shape=self.window_shape, strides=self.strides, padding=self.padding)

    def label(self, input_shape: Shape) -> str:
        """Return a label such as ``MaxPool 3×3/2``; strides of the window's size are left out."""
        check_spatial(input_shape)
        window_shape = per_axis("window_shape", self.window_shape, len(input_shape) - 1)
        strides = "" if self.strides in (None, self.window_shape) else f"/{sides(self.strides)}"
        return f"{type(self).__name__} {sides(window_shape)}{strides}"

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(*spatial, C)``: fewer pixels, the same channels."""
        return (*self._window(input_shape).outputs, input_shape[-1])

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """Return the pooling window and its strides."""
        return ReceptiveField.of_window(self._window(input_shape))

    def sliding_window(self, input_shape: Shape) -> SlidingWindow | None:
        """Return the pooling window."""
        return self._window(input_shape)

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `PoolModule`."""
        del rngs
        window_shape = self._window(input_shape).sizes
        return PoolModule(
            self.function,
            window_shape,
            strides=self.strides,
            padding=self.padding,
            ceil_mode=self.ceil_mode,
            **self._options(),
        )

    def _window(self, input_shape: Shape) -> SlidingWindow:
        """Resolve windows, strides and padding per axis to a sliding window."""
        check_spatial(input_shape)
        spatial = input_shape[:-1]
        window_shape = per_axis("window_shape", self.window_shape, len(spatial))
        if not self.ceil_mode:
            check_fits(spatial, window_shape, self.padding)
        return F.pool_window(
            spatial,
            window_shape,
            strides=self.strides,
            padding=self.padding,
            ceil_mode=self.ceil_mode,
        )

    def _options(self) -> dict[str, Any]:
        """Return the arguments that only this pooling function has."""
        return {}


@dataclasses.dataclass(frozen=True)
class MaxPool(_WindowPool):
    """Max-pooling: the maximum of each window, channel by channel.

    In each dimension, with input size W, window size K, padding P (both sides together) and stride
    S, the output size is

        floor((W - K + P) / S) + 1
        ceil(W / S)                   with SAME padding

    With `ceil_mode=True`, the first formula rounds up instead of down, and windows that would lie
    wholly in the far padding are dropped.

    Args:
        window_shape: Side of the window, or one side per spatial axis.
        strides: Step of the window: one for all axes, or one per axis. None uses the window's size.
        padding: ``"VALID"`` (none), ``"SAME"``, an integer, an integer per axis, or a
            ``(low, high)`` pair per axis. A padded position is never chosen as the maximum of a
            window.
        ceil_mode: Whether to keep partial windows at the far edges, so that the size is rounded up.

    Example:
        >>> import jax.numpy as jnp
        >>> pool = MaxPool(2).build((4, 4, 1), rngs=nnx.Rngs(0))
        >>> pool(jnp.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0]
        Array([[ 5.,  7.],
               [13., 15.]], dtype=float32)
        >>> MaxPool(3, strides=2, padding=1).output_shape((112, 112, 64))  # as in ResNet
        (56, 56, 64)
        >>> MaxPool(2).output_shape((7, 7, 3)), MaxPool(2, ceil_mode=True).output_shape((7, 7, 3))
        ((3, 3, 3), (4, 4, 3))
    """

    function = "max_pool"


@dataclasses.dataclass(frozen=True)
class AvgPool(_WindowPool):
    """Average-pooling: the mean of each window.

    In each dimension, with input size W, window size K, padding P (both sides together) and stride
    S, the output size is

        floor((W - K + P) / S) + 1
        ceil(W / S)                   with SAME padding

    With `ceil_mode=True`, the first formula rounds up instead of down, and windows that would lie
    wholly in the far padding are dropped.

    Args:
        window_shape: Side of the window, or one side per spatial axis.
        strides: Step of the window: one for all axes, or one per axis. None uses the window's size.
        padding: Zeros around the image: ``"VALID"`` (none), ``"SAME"``, an integer, an integer per
            axis, or a ``(low, high)`` pair per axis.
        ceil_mode: Whether to keep partial windows at the far edges, so that the size is rounded up.
        count_include_pad: Whether the zeros of the padding count in the mean.
    """

    count_include_pad: bool = True

    function = "avg_pool"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_bool("count_include_pad", self.count_include_pad)

    def _options(self) -> dict[str, Any]:
        return {"count_include_pad": self.count_include_pad}


class PoolModule(nnx.Module):
    """Max- or average-pooling.

    Args:
        function: ``"max_pool"`` or ``"avg_pool"``.
        window_shape: One size per spatial axis.
        options: Other arguments of the function, such as `strides` and `padding`.
    """

    def __init__(self, function: str, window_shape: tuple[int, ...], **options: Any) -> None:
        layers = {layer.function: layer for layer in (MaxPool, AvgPool)}
        check_choice("function", function, tuple(layers))
        check_tuple_of_ints("window_shape", sizes := as_plain(window_shape))
        layer = layers[function](sizes, **options)  # checked
        self.function = function
        self.window_shape: tuple[int, ...] = sizes
        # Static attributes must be hashable.
        self.options = tuple((name, getattr(layer, name)) for name in options)

    def __call__(self, inputs: ArrayLike) -> Array:
        """Map ``(N, *spatial, C)`` to ``(N, *fewer, C)``."""
        return getattr(F, self.function)(inputs, self.window_shape, **dict(self.options))


@dataclasses.dataclass(frozen=True)
class _GlobalPool(ShapeLayer):
    """Base class of GlobalAvgPool and GlobalMaxPool."""

    function: ClassVar[str]

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return ``(C,)``."""
        check_spatial(input_shape)
        return input_shape[-1:]

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """Build a `GlobalPoolModule`."""
        del rngs
        self.output_shape(input_shape)
        return GlobalPoolModule(self.function, spatial_rank=len(input_shape) - 1)


@dataclasses.dataclass(frozen=True)
class GlobalAvgPool(_GlobalPool):
    """Global average pooling: the mean of each channel, ``(*spatial, C)`` to ``(C,)``."""

    function = "global_avg_pool"


@dataclasses.dataclass(frozen=True)
class GlobalMaxPool(_GlobalPool):
    """Global max-pooling: the maximum of each channel, ``(*spatial, C)`` to ``(C,)``."""

    function = "global_max_pool"


class GlobalPoolModule(nnx.Module):
    """Pooling over all spatial axes.

    Args:
        function: ``"global_max_pool"`` or ``"global_avg_pool"``.
        spatial_rank: Number of spatial axes of the input.
    """

    def __init__(self, function: str, spatial_rank: int) -> None:
        check_choice("function", function, ("global_max_pool", "global_avg_pool"))
        check_int("spatial_rank", spatial_rank)
        self.function, self.spatial_rank = function, spatial_rank

    def __call__(self, inputs: ArrayLike) -> Array:
        """Map ``(N, *spatial, C)`` to ``(N, C)``."""
        return getattr(F, self.function)(inputs, spatial_rank=self.spatial_rank)
