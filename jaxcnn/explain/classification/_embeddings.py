"""Images as points of a space in which like ones lie close together."""

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._calls import call_of
from jaxcnn.explain._layers import last_weighted
from jaxcnn.explain._subject import Model, as_inputs, subject_of

BATCH_SIZE = 256
"""So many images are in the network at once."""


def embeddings(model: Model, images: ArrayLike, layer: str | None = None) -> Array:
    """What a network knows of images before it decides: the inputs of its last dense layer.

    Args:
        model: a built module, a trained network or a run.
        images: ``(N, H, W, C)``, as the model takes them.
        layer: whose outputs to take instead, flattened; a name as from `layer_names`.

    Returns:
        ``(N, D)``, one vector an image.

    Raises:
        TypeError: if `model` or `images` are of the wrong kind.
        ValueError: if there is no such layer, or none is named and the network does not end in a
            dense layer.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(6, 3), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(2)])
        >>> model = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
        >>> embeddings(model, jnp.ones((4, 8, 8, 1))).shape
        (4, 6)
    """
    subject = subject_of(model)
    dense = _last_dense(subject.module) if layer is None else None

    def embed(image: Array) -> Array:
        inputs = as_inputs(subject, image[None])
        if dense is not None:
            return call_of(subject, inputs, dense).inputs.ravel()
        assert layer is not None
        return call_of(subject, inputs, layer).outputs.ravel()

    return jax.lax.map(embed, jnp.asarray(images), batch_size=BATCH_SIZE)


def _last_dense(module: nnx.Module) -> str:
    """The path of the dense layer that the network ends in."""
    path, last = last_weighted(module) or (None, None)
    if path is None or not isinstance(last, nnx.Linear):
        raise ValueError("layer must be named: the network does not end in a dense layer")
    return path
