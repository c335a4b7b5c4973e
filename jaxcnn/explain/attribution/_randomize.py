"""Networks whose weights say nothing any more."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
from flax import nnx
from jax import Array

from jaxcnn.explain._key import check_key
from jaxcnn.explain._layers import names_in, path_of
from jaxcnn.explain._subject import Model, subject_of
from jaxcnn.nn._leaves import leaf_name
from jaxcnn.inference import Network
from jaxcnn.runs import Run


def randomize_weights(
    model: Model, *, key: Array, layers: str | Sequence[str] | None = None
) -> nnx.Module | Network:
    """A copy of a network whose weights are drawn anew: those of each array from its own.

    So the numbers of each kernel keep their distribution, whatever it is, and lose what they have
    learned. Running statistics of batch norm and frozen weights stay.

    Args:
        model: a built module, a trained network or a run.
        key: a random key such as ``jax.random.key(0)``.
        layers: names of layers, or of what contains them, as from `layer_names`; None: all. A
            layer's weights are the same, whichever others are drawn anew.

    Returns:
        A module, or of a trained network or a run a `Network`.

    Raises:
        TypeError: if an argument is of the wrong kind.
        ValueError: if there is no such layer, or it has no weights.

    Source: Adebayo et al. 2018, *Sanity Checks for Saliency Maps*.
    """
    check_key(key)
    params, with_params = parameters_of(model)
    if layers is None:
        return with_params(redrawn(params, key))
    names = names_in(layers)
    first_in = first_layers(model, params, names)
    mixed = jax.tree.map(
        lambda i, old, new: new if i < len(names) else old, first_in, params, redrawn(params, key)
    )
    return with_params(mixed)


def parameters_of(model: Model) -> tuple[nnx.State, Callable[[nnx.State], nnx.Module | Network]]:
    """What is trained in a model, and how to make the model with others in their place."""
    if isinstance(model, Run):
        model = model.network
    if isinstance(model, Network):
        network, variables = model, model.variables
        return variables.params, lambda params: network.with_variables(
            variables._replace(params=params)
        )
    graph, params, rest = nnx.split(subject_of(model).module, nnx.Param, ...)
    return params, lambda params: nnx.merge(graph, params, rest)


def redrawn(params: nnx.State, key: Array) -> nnx.State:
    """The parameters, each number drawn from all those of its array, with replacement."""
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(key, max(len(leaves), 1))
    new = [
        jax.random.choice(key, leaf.ravel(), leaf.shape)
        for key, leaf in zip(keys, leaves, strict=False)
    ]
    return jax.tree.unflatten(tree, new)


def first_layers(model: Model, params: nnx.State, layers: Sequence[str]) -> Any:
    """Which of the layers each array lies in: the index of the first, their number if in none.

    Raises:
        ValueError: if there is no such layer, or it has no weights.
    """
    module = subject_of(model).module
    prefixes = [path_of(module, layer) + "." for layer in layers]
    names = [leaf_name(path) for path, _ in jax.tree_util.tree_leaves_with_path(params)]
    for layer, prefix in zip(layers, prefixes, strict=True):
        if not any(name.startswith(prefix) for name in names):
            raise ValueError(f"layers must have weights, got {layer!r}, which has none")
    found = [[name.startswith(prefix) for prefix in prefixes] + [True] for name in names]
    return jax.tree.unflatten(jax.tree.structure(params), [each.index(True) for each in found])
