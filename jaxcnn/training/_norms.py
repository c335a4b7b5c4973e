"""Record the norms of each layer's gradients and updates."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxcnn._support.leaves import named_leaves


class NormsState(NamedTuple):
    """The norms of the last update, and the state of the optimizer that computed it."""

    gradient_norms: dict[str, Array]
    update_norms: dict[str, Array]
    inner: optax.OptState


def record_norms(tx: optax.GradientTransformation) -> optax.GradientTransformationExtraArgs:
    """Wrap an optimizer so that it records the norms of each layer's gradients and updates.

    The norms show layers that hardly learn, and gradients that vanish or explode. The wrapped
    optimizer computes the same updates. `recorded_norms` reads the norms of the last update from
    the optimizer's state. ``fit(log_norms=True)`` wraps the optimizer and logs the norms.

    Args:
        tx: An Optax transformation.

    Returns:
        An Optax transformation that computes the same updates.

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
    """Read the norms of the last update that `record_norms` recorded.

    Args:
        opt_state: The state of an optimizer.

    Returns:
        A dictionary with the keys ``gradient_norms`` and ``update_norms``. Each value maps the name
        of a layer to a Euclidean norm. If the optimizer does not record norms, the dictionary is
        empty.
    """
    found = {kind: optax.tree.get(opt_state, kind) for kind in ("gradient_norms", "update_norms")}
    return {
        kind: {layer: float(norm) for layer, norm in by_layer.items()}
        for kind, by_layer in found.items()
        if by_layer is not None
    }


def norms_per_layer(tree: optax.Params) -> dict[str, Array]:
    """Compute one Euclidean norm per layer, over all arrays of the layer together.

    Args:
        tree: A tree of arrays, such as parameters or gradients.

    Returns:
        A dict that maps the name of each layer to its norm, a float32 scalar.
    """
    squares: dict[str, Array] = {}
    for name, leaf in named_leaves(tree):
        layer = name.rpartition(".")[0] or name
        square = jnp.sum(jnp.square(jnp.abs(leaf.astype(jnp.float32))))
        squares[layer] = squares.get(layer, jnp.zeros(())) + square
    return {layer: jnp.sqrt(square) for layer, square in squares.items()}
