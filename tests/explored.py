"""Networks to click through, and runs of them with pictures."""

import jax
import numpy as np
from flax import nnx

import jaxcnn
from jaxcnn.data import Dataset
from jaxcnn.inference import Network, Normalization, functionalize


def network_of(architecture, input_shape):
    """A network with drawn weights and statistics, as if it was trained."""
    rng = np.random.default_rng(0)
    module = jaxcnn.build(architecture, input_shape, rngs=nnx.Rngs(0))
    graph, state = nnx.split(module)

    def drawn(path, leaf):
        name = jax.tree_util.keystr(path)
        if "kernel" in name:
            return leaf
        low, high = (0.5, 2.0) if "var" in name or "scale" in name else (-0.5, 0.5)
        return rng.uniform(low, high, leaf.shape).astype(leaf.dtype)

    state = jax.tree_util.tree_map_with_path(drawn, state)
    apply, variables = functionalize(nnx.merge(graph, state))
    (outputs,) = architecture.output_shape(input_shape)
    names = tuple(f"class {k}" for k in range(outputs))
    channels = input_shape[-1]
    normalization = Normalization((0.4,) * channels, (0.25,) * channels)
    return Network(apply, variables, normalization, input_shape, names, architecture)


def saved_run(folder, network, count=12):
    """The folder of a run that has pictures of noise as its test images."""
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (count, *network.input_shape), np.uint8)
    labels = rng.integers(0, len(network.class_names), count).astype(np.int32)
    jaxcnn.Run(network).save(folder, test=Dataset(images, labels, network.class_names, "noise"))
    return folder
