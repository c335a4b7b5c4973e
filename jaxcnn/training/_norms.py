"""How large each layer's gradients and updates are."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxcnn._support.leaves import named_leaves


class NormsState(NamedTuple):
    """The norms of one update, and the state of the optimizer that made it."""

    gradient_norms: dict[str, Array]
    update_norms: dict[str, Array]
    inner: optax.OptState


def record_norms(tx: optax.GradientTransformation) -> optax.GradientTransformationExtraArgs:
    """An optimizer that does what `tx` does, and keeps the last update's norms in its state.

    `fit` does this when called with ``log_norms=True``; `recorded_norms` reads them.

    Args:
        tx: the optimizer.

    Example:
        >>> params = {"dense": {"kernel": jnp.ones(4), "bias": jnp.zeros(4)}}
        >>> tx = record_norms(optax.sgd(0.5))
        >>> _, state = tx.update(params, tx.init(params))
        >>> print(recorded_norms(state)["update_norms"])
        {'dense': 1.0}
    """
    inner = optax.with_extra_args_support(tx)

    def init(params: optax.Params) -> NormsState:
        zeros = jax.tree.map(jnp.zeros_like, norms_per_layer(params))
        return NormsState(zeros, zeros, inner.init(params))

    def update(updates, state, params=None, **extra_args):
        gradient_norms = norms_per_layer(updates)
        updates, inner_state = inner.update(updates, state.inner, params, **extra_args)
        return updates, NormsState(gradient_norms, norms_per_layer(updates), inner_state)

    return optax.GradientTransformationExtraArgs(init, update)


def recorded_norms(opt_state: optax.OptState) -> dict[str, dict[str, float]]:
    """The norms that `record_norms` kept of the last update.

    Returns:
        ``gradient_norms`` and ``update_norms``, each a number for each layer by its name; empty
        if the optimizer keeps none.
    """
    found = {kind: optax.tree.get(opt_state, kind) for kind in ("gradient_norms", "update_norms")}
    return {
        kind: {layer: float(norm) for layer, norm in by_layer.items()}
        for kind, by_layer in found.items()
        if by_layer is not None
    }


def norms_per_layer(tree: optax.Params) -> dict[str, Array]:
    """The Euclidean norm of each layer's arrays together, by the layer's name."""
    squares: dict[str, Array] = {}
    for name, leaf in named_leaves(tree):
        layer = name.rpartition(".")[0] or name
        square = jnp.sum(jnp.square(jnp.abs(leaf.astype(jnp.float32))))
        squares[layer] = squares.get(layer, jnp.zeros(())) + square
    return {layer: jnp.sqrt(square) for layer, square in squares.items()}
