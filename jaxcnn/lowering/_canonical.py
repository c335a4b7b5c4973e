"""Any convolution's arrays with their axes in one order, and back.

The order is `(groups, N, *spatial, C)` for images, `(groups, *window, C, O)` for kernels and
`(groups, N, *outputs, O)` for the output. XLA cancels what these transpositions have in common
with those that JAX's rules for gradients and batching make.
"""

from jax import Array

from jaxcnn.lowering._convolution import Convolution


def images_of(convolution: Convolution, lhs: Array) -> Array:
    """Returns the input as `(groups, N, *spatial, C)`."""
    batch, feature, *spatial = convolution.dimension_numbers.lhs_spec
    lhs = lhs.transpose(batch, *spatial, feature)
    # One of the two counts of groups is 1.
    groups, examples = convolution.groups, convolution.batch
    if convolution.batch_groups > 1:
        return lhs.reshape(groups, examples, *lhs.shape[1:])
    split = lhs.reshape(*lhs.shape[:-1], groups, convolution.channels)
    return split.transpose(split.ndim - 2, *range(split.ndim - 2), split.ndim - 1)


def kernels_of(convolution: Convolution, rhs: Array) -> Array:
    """Returns the kernel as `(groups, *window, C, O)`."""
    out, channel, *spatial = convolution.dimension_numbers.rhs_spec
    rhs = rhs.transpose(*spatial, channel, out)
    split = rhs.reshape(*rhs.shape[:-1], convolution.groups, convolution.features)
    return split.transpose(split.ndim - 2, *range(split.ndim - 2), split.ndim - 1)


def output_of(convolution: Convolution, output: Array) -> Array:
    """Returns `(groups, N, *outputs, O)` with its axes as `dimension_numbers` says."""
    merged = output.transpose(*range(1, output.ndim - 1), 0, output.ndim - 1)
    merged = merged.reshape(*merged.shape[:-2], -1)
    batch, feature, *spatial = convolution.dimension_numbers.out_spec
    place = {batch: 0, feature: merged.ndim - 1} | {axis: i + 1 for i, axis in enumerate(spatial)}
    return merged.transpose(*(place[axis] for axis in range(merged.ndim)))
