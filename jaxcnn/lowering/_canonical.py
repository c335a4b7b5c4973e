"""Any convolution's arrays with their axes in one order, and back.

Images are `(N, *spatial, channels)`, kernels `(groups, *window, C, O)` and outputs
`(N, *outputs, features)`, where the channels and features of all groups lie side by side. XLA
cancels what these transpositions have in common with those that JAX's rules for gradients and
batching make.
"""

from jax import Array

from jaxcnn.lowering._convolution import Convolution


def images_of(convolution: Convolution, lhs: Array) -> Array:
    """Returns the input as `(N, *spatial, channels)`."""
    batch, feature, *spatial = convolution.dimension_numbers.lhs_spec
    return lhs.transpose(batch, *spatial, feature)


def kernels_of(convolution: Convolution, rhs: Array) -> Array:
    """Returns the kernel as `(groups, *window, C, O)`."""
    out, channel, *spatial = convolution.dimension_numbers.rhs_spec
    rhs = rhs.transpose(*spatial, channel, out)
    split = rhs.reshape(*rhs.shape[:-1], convolution.groups, convolution.features)
    return split.transpose(split.ndim - 2, *range(split.ndim - 2), split.ndim - 1)


def output_of(convolution: Convolution, output: Array) -> Array:
    """Returns `(N, *outputs, features)` with its axes as `dimension_numbers` says."""
    batch, feature, *spatial = convolution.dimension_numbers.out_spec
    place = {batch: 0, feature: output.ndim - 1} | {axis: i + 1 for i, axis in enumerate(spatial)}
    return output.transpose(*(place[axis] for axis in range(output.ndim)))
