"""Check whether attributions depend on what the network has learned: randomize its weights."""

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
from jaxcnn.explain._layer_names import as_names, leaf_layers, path_of
from jaxcnn.explain._target import Target
from jaxcnn.explain.attribution._saliency import resolve_target
from jaxcnn.inference import Network
from jaxcnn.runs import Run


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class SanityCheck(TableResult):
    """Similarities of a method's maps while a network's layers are randomized one after another.

    Printed, a `SanityCheck` is a table with one row per layer: the mean, lowest and highest
    correlation over the images.

    Attributes:
        layers: The names of the layers, in the order in which their weights are randomized.
        correlations: ``(layers, N)``: Spearman's rank correlation between two maps of each image:
            the map of the original network, and the map after the weights of this layer and of all
            layers before it in the list were randomized.
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
    """Compare a method's maps before and after layers are randomized, one after another.

    Use it before you trust an attribution method. A map that explains what the network has learned
    changes if the weights change. If the correlation stays near 1, the method shows the image (its
    edges, for example) and not the network.

    Args:
        method: The attribution method, such as `saliency`. Bind its other arguments first:
            ``functools.partial(smooth_grad, key=key)``.
        model: A built module, a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects. Other numbers of spatial
            axes are accepted, too.
        target: One class for all images, ``(N,)`` classes (one per image), or a `Unit`. None means
            each image's most probable class before any layer is randomized.
        key: A random key such as ``jax.random.key(0)``, for `randomize_weights`.
        layers: The layers to randomize, in this order. None means all layers that have weights,
            from the output to the input. In this case, the network of the last row has lost all
            that it learned.

    Returns:
        A `SanityCheck`: the layers, and Spearman's rank correlations ``(layers, N)`` of the maps'
        absolute values.

    Raises:
        TypeError: If the method refuses the model, the images or the target, or `key` is not a
            random key.
        ValueError: If the method refuses its arguments. Also if there is no layer with a given
            name, or if this layer has no weights.

    Source: Adebayo et al. 2018, *Sanity Checks for Saliency Maps*.
    """
    check_key(key)
    subject = subject_of(model)
    inputs = as_inputs(subject, images)
    target = resolve_target(subject, inputs, target)
    params, with_params = parameters_of(model)
    names = _weighted_layers_from_output(model) if layers is None else as_names(layers)
    stages, new_params = first_layers(model, params, names), redraw(params, key)
    original = method(model, inputs, target)

    def after(stage: Array) -> Array:
        """Return the correlations when the layers up to this stage have new weights."""
        mixed = jax.tree.map(
            lambda own, old, new: jnp.where(own <= stage, new, old), stages, params, new_params
        )
        maps = method(with_params(mixed), inputs, target)
        return jax.vmap(rank_correlation)(jnp.abs(original), jnp.abs(maps))

    return SanityCheck(names, lax.map(after, jnp.arange(len(names))))


def _weighted_layers_from_output(model: Model) -> tuple[str, ...]:
    """Return the names of the layers that have weights, from the output to the input."""
    weights = [name for name, _ in named_leaves(parameters_of(model)[0])]
    paths = leaf_layers(subject_of(model).module)
    held = [path for path in paths if any(name.startswith(f"{path}.") for name in weights)]
    return tuple(short_path(path) for path in reversed(held))


def randomize_weights(
    model: Model, *, key: Array, layers: str | Sequence[str] | None = None
) -> nnx.Module | Network:
    """Copy a network and randomize the weights of the copy.

    Use it to get a network that has learned nothing, but has the same distribution of weights. Each
    new value is drawn, with replacement, from the old values of the same array. Running statistics
    of batch norm and frozen weights are not changed.

    Args:
        model: A built module, a trained network or a run.
        key: A random key such as ``jax.random.key(0)``.
        layers: The names of layers or containers to randomize, as in `layer_names`; None means all.
            The new weights of a layer do not depend on which other layers are randomized.

    Returns:
        A module if `model` is a module; a `Network` if `model` is a trained network or a run.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If there is no layer with a given name, or if this layer has no weights.

    Source: Adebayo et al. 2018, *Sanity Checks for Saliency Maps*.
    """
    check_key(key)
    params, with_params = parameters_of(model)
    if layers is None:
        return with_params(redraw(params, key))
    names = as_names(layers)
    first_in = first_layers(model, params, names)
    mixed = jax.tree.map(
        lambda i, old, new: new if i < len(names) else old, first_in, params, redraw(params, key)
    )
    return with_params(mixed)


def parameters_of(model: Model) -> tuple[nnx.State, Callable[[nnx.State], nnx.Module | Network]]:
    """Return a model's trainable parameters, and a function that puts others in their place."""
    if isinstance(model, Run):
        model = model.network
    if isinstance(model, Network):
        network, variables = model, model.variables
        return variables.params, lambda params: network.with_variables(
            variables._replace(params=params)
        )
    graph, params, rest = nnx.split(subject_of(model).module, nnx.Param, ...)
    return params, lambda params: nnx.merge(graph, params, rest)


def redraw(params: nnx.State, key: Array) -> nnx.State:
    """Redraw each parameter from all values of its array, with replacement."""
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(key, max(len(leaves), 1))
    new = [
        jax.random.choice(key, leaf.ravel(), leaf.shape)
        for key, leaf in zip(keys, leaves, strict=False)
    ]
    return jax.tree.unflatten(tree, new)


def first_layers(model: Model, params: nnx.State, layers: Sequence[str]) -> Any:
    """Find for each array the first of the layers that contains it.

    Returns:
        A pytree like `params` of indices into `layers`; ``len(layers)`` for arrays in none of them.

    Raises:
        ValueError: If there is no such layer, or it has no weights.
    """
    module = subject_of(model).module
    prefixes = [path_of(module, layer) + "." for layer in layers]
    names = [leaf_name(path) for path, _ in jax.tree_util.tree_leaves_with_path(params)]
    for layer, prefix in zip(layers, prefixes, strict=True):
        if not any(name.startswith(prefix) for name in names):
            raise ValueError(f"layers: expected layers with weights, got {layer!r}, which has none")
    found = [[name.startswith(prefix) for prefix in prefixes] + [True] for name in names]
    return jax.tree.unflatten(jax.tree.structure(params), [each.index(True) for each in found])


def rank_correlation(first: Array, second: Array) -> Array:
    """Compute Spearman's rank correlation of two arrays of one shape; equal values share a rank.

    Returns:
        A number from -1 to 1; 0 if all values of one array are equal, and so have no order.
    """
    ranks = jnp.stack([_ranks(first.ravel()), _ranks(second.ravel())])
    lengths = jnp.linalg.norm(ranks, axis=1)
    product = lengths.prod()
    return jnp.where(product > 0, ranks[0] @ ranks[1] / jnp.where(product > 0, product, 1), 0)


def _ranks(values: Array) -> Array:
    """Return each value's rank, from -1 to 1 with mean 0; equal values get the mean of theirs."""
    ordered = jnp.sort(values)
    below = jnp.searchsorted(ordered, values, side="left")
    up_to = jnp.searchsorted(ordered, values, side="right")
    return (below + up_to - values.size) / values.size
