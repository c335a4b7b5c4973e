"""A trained network as layers with their arrays, and back."""

import dataclasses
from typing import Any

import jax.numpy as jnp
from flax import nnx

from jaxcnn._support.leaves import is_key, map_named
from jaxcnn.architecture import walk
from jaxcnn.inference import Network, Variables, functionalize, layers_and_arrays
from jaxcnn.rewriting._tree import WeightedLayers


def as_weighted_layers(network: Network) -> WeightedLayers:
    """Return the layers and arrays of a network.

    Raises:
        ValueError: If the network was given as a Flax module, whose layers are not known.
    """
    return WeightedLayers(*layers_and_arrays(network), network.input_shape)


def as_network(layers: WeightedLayers, like: Network) -> Network:
    """Return the network of layers and arrays; all else is as in the network `like`."""
    architecture = layers.architecture
    module = nnx.eval_shape(lambda: architecture.build(layers.input_shape, rngs=nnx.Rngs(0)))
    apply, shapes = functionalize(module)

    def array(name: str, shape: Any) -> Any:
        found = layers.arrays[name]
        assert found.shape == shape.shape, f"{name}: {found.shape} in place of {shape.shape}"
        return found if is_key(found) else jnp.asarray(found)

    variables = Variables(*(map_named(array, tree) for tree in shapes))
    return dataclasses.replace(like, apply=apply, variables=variables, architecture=architecture)


def count_layers(layers: WeightedLayers) -> int:
    """Count the layers of a network, and each sum or concatenation as one more."""
    return sum(1 for _ in walk(layers.architecture, layers.input_shape))
