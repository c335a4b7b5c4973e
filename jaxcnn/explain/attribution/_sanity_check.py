"""Does a method look at what the network has learned?"""

import dataclasses
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn._support.leaves import named_leaves
from jaxcnn.architecture._walk import spoken
from jaxcnn.explain._key import check_key
from jaxcnn.explain._layers import innermost, names_in
from jaxcnn.explain._score import Target
from jaxcnn.explain._subject import Model, as_inputs, subject_of
from jaxcnn.explain.attribution._gradients import settled
from jaxcnn.explain.attribution._randomize import first_layers, parameters_of, redrawn
from jaxcnn.explain.attribution._rank_correlation import rank_correlation


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class SanityCheck:
    """What is left of a method's maps as the weights of one layer after another are lost.

    Attributes:
        layers: the names of the layers, in the order in which their weights were drawn anew.
        correlations: ``(layers, N)``: how alike the map of each image is to that of the network
            as it was, when the weights of this layer and of all before it in the list are
            drawn anew.
    """

    layers: tuple[str, ...] = dataclasses.field(metadata={"static": True})
    correlations: Array


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
    target = settled(subject, inputs, target)
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
    return tuple(spoken(path) for path in reversed(held))
