"""The parameters that `shard="fsdp"` splits over devices, and those that it leaves whole."""

import math
from typing import NamedTuple

import jax
from flax import nnx

from jaxcnn.layers import Layer, Shape
from jaxcnn.training import fsdp_spec


class SplitParameters(NamedTuple):
    """Numbers of parameters, by how devices hold them.

    Attributes:
        split: Number of parameters that are split over the devices.
        whole: Number of parameters that each device holds.
        largest: Number of parameters in the largest split array, which is gathered at once.
    """

    split: int
    whole: int
    largest: int

    @classmethod
    def of(cls, shapes: tuple[Shape, ...], devices: int) -> "SplitParameters":
        """Count the parameters of these shapes as `fit` places them on this number of devices."""
        split = [math.prod(shape) for shape in shapes if any(fsdp_spec(shape, devices))]
        return cls(sum(split), sum(map(math.prod, shapes)) - sum(split), max(split, default=0))


def parameter_shapes(architecture: Layer, input_shape: Shape) -> tuple[Shape, ...]:
    """Return the shape of each trained parameter of an architecture, without making any."""
    module = nnx.eval_shape(lambda: architecture.build(input_shape, rngs=nnx.Rngs(0)))
    return tuple(leaf.shape for leaf in jax.tree.leaves(nnx.state(module, nnx.Param)))
