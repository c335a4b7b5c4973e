"""Pooling layers: they shrink the picture and have no parameters."""

import dataclasses
from typing import Any, ClassVar

from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_bool, check_ints, per_axis
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
    """What MaxPool and AvgPool share."""

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
        """``MaxPool 3×3/2``, say: the window, and the strides unless they are its size."""
        check_spatial(input_shape)
        window_shape = per_axis("window_shape", self.window_shape, len(input_shape) - 1)
        strides = "" if self.strides in (None, self.window_shape) else f"/{sides(self.strides)}"
        return f"{type(self).__name__} {sides(window_shape)}{strides}"

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(*spatial, C)``: fewer pixels, the same channels."""
        return (*self._window(input_shape).outputs, input_shape[-1])

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """The pooling window, moved by the strides."""
        return ReceptiveField.of_window(self._window(input_shape))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `PoolModule`."""
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
        """Windows, strides and padding for each axis, and the spatial sizes that they leave."""
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
        """Arguments that only the one function has."""
        return {}


@dataclasses.dataclass(frozen=True)
class MaxPool(_WindowPool):
    """The largest value of each window.

    Args:
        window_shape: the window's side, or one side for each spatial axis.
        strides: step of the window; the window's own size where None.
        padding: as in `Conv`; padded places never win.
        ceil_mode: keep the partial windows at the far edges.

    Example:
        >>> MaxPool(2).output_shape((7, 7, 3)), MaxPool(2, ceil_mode=True).output_shape((7, 7, 3))
        ((3, 3, 3), (4, 4, 3))
    """

    function = "max_pool"


@dataclasses.dataclass(frozen=True)
class AvgPool(_WindowPool):
    """The mean of each window.

    Args:
        window_shape: as in `MaxPool`, like the next three.
        strides: step of the window; the window's own size where None.
        padding: zeros around the picture.
        ceil_mode: keep the partial windows at the far edges.
        count_include_pad: count the zeros of the padding in the mean.
    """

    count_include_pad: bool = True

    function = "avg_pool"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_bool("count_include_pad", self.count_include_pad)

    def _options(self) -> dict[str, Any]:
        return {"count_include_pad": self.count_include_pad}


class PoolModule(nnx.Module):
    """Max or average pooling.

    Args:
        function: ``"max_pool"`` or ``"avg_pool"``.
        window_shape: one size for each spatial axis.
        options: that function's `strides`, `padding` and so on, by name.
    """

    def __init__(self, function: str, window_shape: tuple[int, ...], **options: Any) -> None:
        self.function, self.window_shape = function, window_shape
        self.options = tuple(options.items())  # hashable, as all static attributes must be

    def __call__(self, inputs: ArrayLike) -> Array:
        """``(N, *spatial, C)`` to ``(N, *fewer, C)``."""
        return getattr(F, self.function)(inputs, self.window_shape, **dict(self.options))


@dataclasses.dataclass(frozen=True)
class _GlobalPool(ShapeLayer):
    """What GlobalAvgPool and GlobalMaxPool share."""

    function: ClassVar[str]

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(C,)``."""
        check_spatial(input_shape)
        return input_shape[-1:]

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """A `GlobalPoolModule`."""
        del rngs
        self.output_shape(input_shape)
        return GlobalPoolModule(self.function, spatial_rank=len(input_shape) - 1)


@dataclasses.dataclass(frozen=True)
class GlobalAvgPool(_GlobalPool):
    """The mean of each channel over the whole picture: ``(*spatial, C)`` to ``(C,)``."""

    function = "global_avg_pool"


@dataclasses.dataclass(frozen=True)
class GlobalMaxPool(_GlobalPool):
    """The largest value of each channel in the whole picture: ``(*spatial, C)`` to ``(C,)``."""

    function = "global_max_pool"


class GlobalPoolModule(nnx.Module):
    """Pooling over all spatial axes.

    Args:
        function: ``"global_max_pool"`` or ``"global_avg_pool"``.
        spatial_rank: how many spatial axes the input has.
    """

    def __init__(self, function: str, spatial_rank: int) -> None:
        self.function, self.spatial_rank = function, spatial_rank

    def __call__(self, inputs: ArrayLike) -> Array:
        """``(N, *spatial, C)`` to ``(N, C)``."""
        return getattr(F, self.function)(inputs, spatial_rank=self.spatial_rank)


@dataclasses.dataclass(frozen=True)
class AdaptiveAvgPool(ShapeLayer):
    """The mean of each cell of a grid laid over the picture, whatever the picture's size.

    Of n pixels and m outputs, output i sees the pixels from ``floor(i * n / m)`` up to, but not
    including, ``ceil((i + 1) * n / m)``, as in PyTorch: where m does not divide n (or exceeds
    it), neighboring cells share pixels.

    Args:
        output_size: side of the grid, or one size for each spatial axis.

    Example:
        >>> AdaptiveAvgPool(6).output_shape((13, 13, 256))
        (6, 6, 256)
    """

    output_size: int | Shape

    def __post_init__(self) -> None:
        super().__post_init__()
        check_ints("output_size", self.output_size)

    def label(self, input_shape: Shape) -> str:
        """``AdaptiveAvgPool 6×6``, say."""
        return f"AdaptiveAvgPool {sides(self._grid(input_shape))}"

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(*output_size, C)``."""
        return (*self._grid(input_shape), input_shape[-1])

    def receptive_field(self, input_shape: Shape) -> ReceptiveField:
        """The cell; or the whole axis, where cells differ in size and do not stand in step."""
        pairs = [*zip(input_shape[:-1], self._grid(input_shape), strict=True)]
        sizes = tuple(n if n % cells else n // cells for n, cells in pairs)
        strides = tuple(0 if n % cells else n // cells for n, cells in pairs)
        return ReceptiveField(sizes, strides, (0,) * len(pairs))

    def build(self, input_shape: Shape, *, rngs: nnx.Rngs) -> nnx.Module:
        """An `AdaptiveAvgPoolModule`."""
        del rngs
        return AdaptiveAvgPoolModule(self._grid(input_shape))

    def _grid(self, input_shape: Shape) -> Shape:
        check_spatial(input_shape)
        return per_axis("output_size", self.output_size, len(input_shape) - 1)


class AdaptiveAvgPoolModule(nnx.Module):
    """The mean of each cell of a grid laid over the inputs, as in PyTorch.

    Args:
        output_size: sizes of the grid, one for each spatial axis.
    """

    def __init__(self, output_size: tuple[int, ...]) -> None:
        self.output_size = output_size

    def __call__(self, inputs: Array) -> Array:
        """``(N, *spatial, C)`` to ``(N, *output_size, C)``."""
        spatial = inputs.shape[1:-1]
        pairs = [*zip(spatial, self.output_size, strict=True)]
        if any(size % cells for size, cells in pairs):
            rank = len(spatial)
            return F.adaptive_avg_pool(inputs, self.output_size, spatial_rank=rank)
        # Cells of one size are windows: no slice for each of them.
        return F.avg_pool(inputs, tuple(size // cells for size, cells in pairs))
