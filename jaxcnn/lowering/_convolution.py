"""A convolution without its arrays: shapes, dtypes and parameters."""

import dataclasses
from collections.abc import Callable
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from jax import Array, lax
from jax.lax import ConvDimensionNumbers
from jax.typing import DTypeLike

from jaxcnn.lowering._sliding_window import PaddingPairs, SlidingWindow

MAX_TALL = 2048
"""Most output pixels in a tall image (`is_tall_gradient`), whose sums would lose digits else."""


@dataclasses.dataclass(frozen=True)
class Convolution:
    """The shapes and parameters of one `jax.lax.conv_general_dilated_p`.

    Attributes:
        lhs_shape: Shape of the input, in the axis order of `dimension_numbers`.
        rhs_shape: Shape of the kernel, in the axis order of `dimension_numbers`.
        dtypes: Dtypes of the input, the kernel and the output.
        strides: Strides of the window, one per spatial dimension.
        padding: One pair (low, high) per spatial dimension; negative padding crops.
        lhs_dilation: Spacing of the input's elements; above 1 in gradients of strided convolutions.
        rhs_dilation: Spacing of the kernel's elements.
        dimension_numbers: The order of the axes of input, kernel and output.
        feature_groups: Number of channel groups that do not mix.
        batch_groups: Number of example groups that do not mix; above 1 in kernel gradients of
            grouped convolutions.
        precision: A pair for the two operands, or None.
    """

    lhs_shape: tuple[int, ...]
    rhs_shape: tuple[int, ...]
    dtypes: tuple[np.dtype, np.dtype, np.dtype]
    strides: tuple[int, ...]
    padding: PaddingPairs
    lhs_dilation: tuple[int, ...]
    rhs_dilation: tuple[int, ...]
    dimension_numbers: ConvDimensionNumbers
    feature_groups: int
    batch_groups: int
    precision: tuple[lax.Precision, lax.Precision] | None

    @classmethod
    def of(cls, lhs: Any, rhs: Any, out_dtype: Any, params: dict[str, Any]) -> "Convolution":
        """Make the description from two arrays, or their types, and the primitive's parameters."""
        return cls(
            lhs_shape=tuple(lhs.shape),
            rhs_shape=tuple(rhs.shape),
            dtypes=(np.dtype(lhs.dtype), np.dtype(rhs.dtype), np.dtype(out_dtype)),
            strides=tuple(params["window_strides"]),
            padding=tuple(params["padding"]),
            lhs_dilation=tuple(params["lhs_dilation"]),
            rhs_dilation=tuple(params["rhs_dilation"]),
            dimension_numbers=params["dimension_numbers"],
            feature_groups=params["feature_group_count"],
            batch_groups=params["batch_group_count"],
            precision=params["precision"],
        )

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the primitive, as `of` takes them."""
        return {
            "window_strides": self.strides,
            "padding": self.padding,
            "lhs_dilation": self.lhs_dilation,
            "rhs_dilation": self.rhs_dilation,
            "dimension_numbers": self.dimension_numbers,
            "feature_group_count": self.feature_groups,
            "batch_group_count": self.batch_groups,
            "precision": self.precision,
            "preferred_element_type": self.dtypes[2],
            "out_sharding": None,
        }

    def with_dtypes(self, lhs: DTypeLike, rhs: DTypeLike, output: DTypeLike) -> "Convolution":
        """Return the same convolution with other dtypes."""
        dtypes = np.dtype(lhs), np.dtype(rhs), np.dtype(output)
        return dataclasses.replace(self, dtypes=dtypes)

    @property
    def is_input_dilated(self) -> bool:
        """Tell whether there are zeros between the input's elements."""
        return any(gap > 1 for gap in self.lhs_dilation)

    @property
    def is_kernel_gradient(self) -> bool:
        """Tell whether it has the form of a kernel gradient: a large window and few outputs.

        Small padded images with a large window have that form, too. But JAX makes the channels of
        the original convolution the examples of its kernel gradient, so that the examples are not
        on the first axis.
        """
        is_batch_first = self.dimension_numbers.lhs_spec[0] == 0
        return not is_batch_first and prod(self.window) > prod(self.outputs)

    @cached_property
    def is_tall_gradient(self) -> bool:
        """Tell whether it is a depthwise kernel gradient in which the images can be one tall image.

        From each image to the next, the original window moves on by the number of output rows.
        """
        is_depthwise = self.batch == self.features == 1 == self.feature_groups < self.batch_groups
        if not (self.is_kernel_gradient and is_depthwise) or self.is_input_dilated:
            return False
        is_flat = len(self.spatial) == 2  # the one form for which oneDNN has fast code
        return is_flat and self.spatial[0] == self.rhs_dilation[0] * self.window[0]

    @cached_property
    def batch(self) -> int:
        """Number of examples in one batch group."""
        return self.lhs_shape[self.dimension_numbers.lhs_spec[0]] // self.batch_groups

    @cached_property
    def groups(self) -> int:
        """Number of groups; each group is an independent convolution."""
        return self.feature_groups * self.batch_groups

    @cached_property
    def channels(self) -> int:
        """Number of input channels per group."""
        return self.rhs_shape[self.dimension_numbers.rhs_spec[1]]

    @cached_property
    def features(self) -> int:
        """Number of output channels per group."""
        return self.rhs_shape[self.dimension_numbers.rhs_spec[0]] // self.groups

    @cached_property
    def spatial(self) -> tuple[int, ...]:
        """Spatial sizes of the input."""
        return tuple(self.lhs_shape[axis] for axis in self.dimension_numbers.lhs_spec[2:])

    @cached_property
    def window(self) -> tuple[int, ...]:
        """Spatial sizes of the kernel, without dilation."""
        return tuple(self.rhs_shape[axis] for axis in self.dimension_numbers.rhs_spec[2:])

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """Spatial sizes of the output."""
        return SlidingWindow(
            self.spatial,
            self.window,
            self.strides,
            self.padding,
            self.rhs_dilation,
            self.lhs_dilation,
        ).outputs

    # Methods get arrays in one axis order, with the channels and features of all groups on one
    # axis. Where JAX's rules for gradients and batching transpose too, XLA cancels the pairs.

    def images(self, lhs: Array) -> Array:
        """Return the input as `(N, *spatial, channels)`."""
        batch, feature, *spatial = self.dimension_numbers.lhs_spec
        return lhs.transpose(batch, *spatial, feature)

    def kernels(self, rhs: Array) -> Array:
        """Return the kernel as `(groups, *window, C, O)`, where C and O are per group."""
        out, channel, *spatial = self.dimension_numbers.rhs_spec
        rhs = rhs.transpose(*spatial, channel, out)
        split = rhs.reshape(*rhs.shape[:-1], self.groups, self.features)
        return split.transpose(split.ndim - 2, *range(split.ndim - 2), split.ndim - 1)

    def output(self, output: Array) -> Array:
        """Bring `(N, *outputs, features)` to the axis order of `dimension_numbers`."""
        batch, feature, *spatial = self.dimension_numbers.out_spec
        place = {batch: 0, feature: output.ndim - 1}
        place |= {axis: i + 1 for i, axis in enumerate(spatial)}
        return output.transpose(*(place[axis] for axis in range(output.ndim)))


Method = Callable[[Convolution, Array, Array], Array]
"""``method(convolution, lhs, rhs)`` computes the convolution with JAX operations."""
