"""Freeze weights: which arrays a training holds, and a network that keeps their statistics."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import jax
import optax
from flax import nnx

from jaxcnn._support.leaves import check_patterns, map_named, matches, named_leaves
from jaxcnn.architecture import backbone
from jaxcnn.inference import Apply, Network, Variables
from jaxcnn.layers import SequentialModule, hold_statistics

Tree = TypeVar("Tree")

Freeze = str | Sequence[str]
"""What to freeze: ``"backbone"``, or glob patterns of names of arrays."""

BACKBONE = "backbone"


@dataclasses.dataclass(frozen=True)
class Held:
    """The arrays of a network that a training does not change, by their names.

    Attributes:
        params: Names of frozen weights, such as ``layers.0.kernel``.
        batch_stats: Names of statistics, such as ``layers.1.mean``.
    """

    params: frozenset[str] = frozenset()
    batch_stats: frozenset[str] = frozenset()

    def trained(self, params: Tree) -> Tree:
        """Return a tree like the parameters without the frozen ones: None is in their places."""
        return _without(params, self.params)

    def whole(self, trained: Tree, params: Tree) -> Tree:
        """Return what `trained` returned, perhaps changed, with the frozen ones of `params`."""
        return _filled(trained, params) if self.params else trained

    def of_trained(self, tx: optax.GradientTransformation) -> optax.GradientTransformation:
        """Return an optimizer that has no state for the frozen ones of the parameters it gets."""
        return optax.GradientTransformation(
            lambda params: tx.init(self.trained(params)), optax.with_extra_args_support(tx).update
        )

    def kept(self, found: nnx.State, before: nnx.State) -> nnx.State:
        """Return the statistics after a step, in which those that are held are as before it."""
        if not self.batch_stats:
            return found
        return _filled(_without(found, self.batch_stats), before)

    def moving(self, variables: Variables) -> Variables:
        """Return the arrays that the training changes, which an average is computed of."""
        params, statistics = variables
        return Variables(self.trained(params), _without(statistics, self.batch_stats))

    def resting(self, moving: Variables, variables: Variables) -> Variables:
        """Return what `moving` returned, perhaps changed, with the arrays that are held."""
        return _filled(moving, variables) if self.params or self.batch_stats else moving


NOTHING = Held()


def held_arrays(freeze: Freeze | None, module: nnx.Module) -> Held:
    """Find the arrays that a training with ``fit(freeze=...)`` does not change.

    Statistics are held if a pattern matches their names, or if all weights of the module that keeps
    them are frozen.

    Args:
        freeze: The option, checked by the plan.
        module: The untrained network.

    Raises:
        ValueError: If a pattern matches no array, no weight is left to train, or the network has no
            backbone.
    """
    if freeze is None:
        return NOTHING
    weights = _names(nnx.state(module, nnx.Param))
    # Random streams go on in frozen layers, too, which dropout draws from.
    others = _names(nnx.state(module, nnx.Not(nnx.Any(nnx.Param, nnx.RngState))))
    if freeze == BACKBONE:
        chosen = _names_of_backbone(module)
    else:
        check_patterns("freeze", freeze, nnx.state(module, nnx.Not(nnx.RngState)))
        chosen = {name for name in (*weights, *others) if matches(name, freeze)}
    params = frozenset(chosen.intersection(weights))
    if len(params) == len(weights):
        raise ValueError(
            f"freeze: expected to leave some weights to train, got {freeze!r}, which freezes all "
            f"{len(weights)} arrays of weights"
        )
    statistics = {
        name for name in others if name in chosen or _has_frozen_weights(name, weights, params)
    }
    return Held(params, frozenset(statistics))


def held_apply(network: Network, held: Held) -> Apply:
    """Return the network's function, which in train mode uses held statistics as they are.

    Raises:
        ValueError: If a Linen module with batch norm is frozen in part.
    """
    if not held.batch_stats:
        return network.apply
    module = network.apply.module(network.variables, train=True)
    modules = {_joined(path): node for path, node in nnx.iter_modules(module)}
    for name in held.batch_stats:
        owner = next(path for path in _parents(name) if path in modules)
        if isinstance(modules[owner], nnx.bridge.ToNNX):
            _check_linen(owner, modules[owner], held)
        hold_statistics(modules[owner])
    return dataclasses.replace(network.apply, train_graph=nnx.graphdef(module))


def _names(state: nnx.State) -> list[str]:
    return [name for name, _ in named_leaves(state)]


def _joined(path: tuple[Any, ...]) -> str:
    return ".".join(map(str, path))


def _parents(name: str) -> Iterable[str]:
    """Yield the paths above a name, innermost first; the last is the empty one of the network."""
    while name:
        name = name.rpartition(".")[0]
        yield name


def _has_frozen_weights(name: str, weights: Iterable[str], frozen: frozenset[str]) -> bool:
    """Return whether the module that has the array `name` has weights, all of them frozen."""
    module = name.rpartition(".")[0]
    inside = [weight for weight in weights if not module or weight.startswith(f"{module}.")]
    return bool(inside) and frozen.issuperset(inside)


def _names_of_backbone(module: nnx.Module) -> set[str]:
    """Return the names of the arrays before the head, or before the last layer with weights.

    The head that `jaxcnn.head` returns may have no weights: a pooling after 1×1 convolutions.
    """
    try:
        first = backbone(module)
    except (TypeError, ValueError) as error:
        raise type(error)(
            "freeze: expected patterns of parameters for a model that cannot be cut into backbone "
            f"and head, got 'backbone' ({error})"
        ) from None
    chosen, weights = _names_within(module, first), {*_names(nnx.state(module, nnx.Param))}
    if not chosen & weights:
        raise ValueError("freeze: expected weights before the head, got 'backbone', which has none")
    if chosen >= weights:
        every = _names_within(module, module)
        return every - names_of_last_layer(module)
    return chosen


def names_of_last_layer(module: nnx.Module) -> set[str]:
    """Return the names of the arrays of a network's last layer with weights."""
    return _names_within(module, _last_with_weights(module))


def _last_with_weights(module: nnx.Module) -> nnx.Module:
    """Return the last layer with weights of a network, within nested sequences, too."""
    if type(module) is SequentialModule:
        for layer in reversed([*module]):
            if jax.tree.leaves(nnx.state(layer, nnx.Param)):
                return _last_with_weights(layer)
    return module


def _names_within(module: nnx.Module, part: nnx.Module) -> set[str]:
    """Return the names, in a module, of the arrays that a part of it shares with it."""
    shared = {id(leaf) for _, leaf in nnx.iter_graph(part) if isinstance(leaf, nnx.Variable)}
    return {_joined(path) for path, leaf in nnx.iter_graph(module) if id(leaf) in shared}


def _check_linen(path: str, module: nnx.Module, held: Held) -> None:
    names = [f"{path}.{name}" if path else name for name in _names(nnx.state(module, nnx.Param))]
    left = [name for name in names if name not in held.params]
    if left:
        raise ValueError(
            "freeze: expected all weights or no batch norm of a Linen module, whose mode is one "
            f"for all its layers, got patterns that leave {left[0]} to train"
        )


def _without(tree: Tree, names: frozenset[str]) -> Tree:
    """Return a tree with None, which is no leaf, in place of some leaves."""
    if not names:
        return tree
    return map_named(lambda name, leaf: None if name in names else leaf, tree)


def _filled(tree: Tree, whole: Tree) -> Tree:
    """Return a tree with the leaves of another one in the places where it has None."""
    return jax.tree.map(
        lambda leaf, other: other if leaf is None else leaf,
        tree,
        whole,
        is_leaf=lambda leaf: leaf is None,
    )
