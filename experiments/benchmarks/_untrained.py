"""Networks with random weights, as a run would contain them."""

from flax import nnx

import jaxcnn
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.layers import Layer


def untrained(architecture: Layer, shape: tuple[int, ...]) -> Network:
    """Make a network of images with random weights.

    Args:
        architecture: Its layers.
        shape: The shape of one image, ``(H, W, C)``.
    """
    apply, variables = functionalize(jaxcnn.build(architecture, shape, rngs=nnx.Rngs(0)))
    normalization = Normalization((0.5,) * shape[-1], (0.25,) * shape[-1])
    names = tuple(map(str, range(architecture.output_shape(shape)[-1])))
    return Network(apply, variables, normalization, shape, names, architecture)
