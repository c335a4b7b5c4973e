"""Images as points of a space in which like ones lie close together."""

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._feature_maps import outputs_and_layers
from jaxcnn.explain._intercept import Compute, intercepted
from jaxcnn.explain._layers import last_weighted
from jaxcnn.explain._subject import Model, Subject, as_inputs, subject_of

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
            return _inputs_of(subject, inputs, dense).ravel()
        assert layer is not None
        return outputs_and_layers(subject, inputs, [layer])[1][layer].ravel()

    return jax.lax.map(embed, jnp.asarray(images), batch_size=BATCH_SIZE)


def _last_dense(module: nnx.Module) -> str:
    """The path of the dense layer that the network ends in."""
    path, last = last_weighted(module) or (None, None)
    if path is None or not isinstance(last, nnx.Linear):
        raise ValueError("layer must be named: the network does not end in a dense layer")
    return path


def _inputs_of(subject: Subject, inputs: Array, path: str) -> Array:
    """What comes into the layer at `path`."""
    kept: list[Array] = []

    def keep(compute: Compute, inputs: Array) -> Array:
        kept.append(inputs)
        return compute(inputs)

    subject._replace(module=intercepted(subject.module, {path: keep}))(inputs)
    return kept[-1]
