"""Networks with random weights, as a run would contain them."""

import dataclasses
from functools import partial

import jax
import numpy as np
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


def settled(network: Network, inputs: np.ndarray) -> Network:
    """Return a network whose batch norms have the statistics of some inputs, without dropout.

    Otherwise the numbers of deep networks with random weights double from block to block.
    """
    module = network.apply.module(network.variables, train=True)
    for _, node in nnx.iter_modules(module):
        if isinstance(node, nnx.BatchNorm):
            node.momentum = 0.0  # keep the statistics of the last batch only
        elif isinstance(node, nnx.Dropout):
            node.rate = 0.0
    apply = dataclasses.replace(network.apply, train_graph=nnx.graphdef(module))
    _, statistics = jax.jit(partial(apply, train=True))(
        network.variables, network.normalization(jax.numpy.asarray(inputs)), key=jax.random.key(0)
    )
    return network.with_variables(network.variables._replace(batch_stats=statistics))
