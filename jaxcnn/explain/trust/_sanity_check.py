"""Check whether a method's maps depend on what the network has learned: randomize its weights."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn._support.leaves import leaf_name, named_leaves
from jaxcnn._support.results import TableResult
from jaxcnn.architecture import short_path
from jaxcnn.explain._inputs import Model, as_inputs, check_key, subject_of
from jaxcnn.explain._layer_names import innermost, names_in, path_of
from jaxcnn.explain._target import Target
from jaxcnn.explain.attribution._saliency import resolve_target
from jaxcnn.inference import Network
from jaxcnn.runs import Run


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class SanityCheck(TableResult):
    """What is left of a method's maps as the weights of one layer after another are lost.

    Its table has the correlations of each layer over the images: mean, lowest and highest.

    Attributes:
        layers: the names of the layers, in the order in which their weights were drawn anew.
        correlations: ``(layers, N)``: how alike the map of each image is to that of the network
            as it was, when the weights of this layer and of all before it in the list are
            drawn anew.
    """

    layers: tuple[str, ...] = dataclasses.field(metadata={"static": True})
    correlations: Array

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for layer, values in zip(self.layers, np.asarray(self.correlations), strict=True):
            lowest, highest = float(values.min()), float(values.max())
            yield {
                "layer": layer,
                "correlation": float(values.mean()),
                "lowest": lowest,
                "highest": highest,
            }


def sanity_check(
    method: Callable[[Model, Array, Target], Array],
    model: Model,
    images: ArrayLike,
    target: Target = None,
    *,
    key: Array,
    layers: str | Sequence[str] | None = None,
) -> SanityCheck:
    """Compares a method's maps with those of the network as layer after layer is forgotten.

    A map that explains what the network has learned changes with its weights. Where the
    correlation stays near 1, the method shows the image (its edges, say), not the network.

    Args:
        method: such as `saliency`, with its own arguments given:
            ``functools.partial(smooth_grad, key=key)``.
        model: as in `saliency`.
        images: as in `saliency`.
        target: as in `saliency`; None: the class that is most probable at first.
        key: a random key such as ``jax.random.key(0)``, for `randomize_weights`.
        layers: which lose their weights, in this order; None: all that have weights, from the
            output to the input, so that the last row is of a network that has learned nothing.

    Returns:
        The layers, and Spearman's rank correlations of the maps' absolute values.

    Raises:
        TypeError: as the method, or if `key` is none.
        ValueError: as the method, or if there is no such layer, or it has no weights.

    Source: Adebayo et al. 2018, *Sanity Checks for Saliency Maps*.
    """
    check_key(key)
    subject = subject_of(model)
    inputs = as_inputs(subject, images)
    target = resolve_target(subject, inputs, target)
    params, with_params = parameters_of(model)
    names = _from_the_top(model) if layers is None else names_in(layers)
    stages, new_params = first_layers(model, params, names), redrawn(params, key)
    original = method(model, inputs, target)

    def after(stage: Array) -> Array:
        """The correlations where the first layers, up to this one, have new weights."""
        mixed = jax.tree.map(
            lambda own, old, new: jnp.where(own <= stage, new, old), stages, params, new_params
        )
        maps = method(with_params(mixed), inputs, target)
        return jax.vmap(rank_correlation)(jnp.abs(original), jnp.abs(maps))

    return SanityCheck(names, lax.map(after, jnp.arange(len(names))))


def _from_the_top(model: Model) -> tuple[str, ...]:
    """The names of the layers that have weights, the last first."""
    weights = [name for name, _ in named_leaves(parameters_of(model)[0])]
    paths = innermost(subject_of(model).module)
    held = [path for path in paths if any(name.startswith(f"{path}.") for name in weights)]
    return tuple(short_path(path) for path in reversed(held))


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


def rank_correlation(first: Array, second: Array) -> Array:
    """Spearman's rank correlation of two arrays of the same shape; equal values share a rank.

    Returns:
        A number from -1 to 1; 0 where all values of one array are equal, which have no order.
    """
    ranks = jnp.stack([_ranks(first.ravel()), _ranks(second.ravel())])
    lengths = jnp.linalg.norm(ranks, axis=1)
    product = lengths.prod()
    return jnp.where(product > 0, ranks[0] @ ranks[1] / jnp.where(product > 0, product, 1), 0)


def _ranks(values: Array) -> Array:
    """The mean of the places that each value has among the sorted ones, from -1 to 1, mean 0."""
    ordered = jnp.sort(values)
    below = jnp.searchsorted(ordered, values, side="left")
    up_to = jnp.searchsorted(ordered, values, side="right")
    return (below + up_to - values.size) / values.size
