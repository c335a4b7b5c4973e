"""Class activation maps: a layer's channels, weighted and summed."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._calls import call_of
from jaxcnn.explain._intercept import intercepted
from jaxcnn.explain._score import Target, score_of
from jaxcnn.explain._subject import Model, as_inputs, subject_of
from jaxcnn.explain.attribution._gradients import settled
from jaxcnn.explain.attribution._spatial_layer import spatial_layer

WeightsOf = Callable[[Array, Array], Array]
"""From a layer's maps and the score's gradients by them, ``(N, *spatial, channels)``, to a weight
for each channel, ``(N, channels)``."""


def activation_map(
    model: Model, images: ArrayLike, target: Target, layer: str | None, weights_of: WeightsOf
) -> Array:
    """The positive part of a layer's weighted maps, resized to the images: ``(N, H, W)``."""
    subject = subject_of(model)
    inputs = as_inputs(subject, images)
    path = spatial_layer(subject, inputs, target, layer)
    target = settled(subject, inputs, target)
    maps = call_of(subject, inputs, path).outputs

    def score(maps: Array) -> Array:
        """The sum of the scores, where these are the layer's maps."""
        replaced = intercepted(subject.module, {path: lambda *_: maps})
        return score_of(subject._replace(module=replaced), inputs, target).sum()

    dtype = jnp.promote_types(inputs.dtype, jnp.float32)
    maps, gradients = maps.astype(dtype), jax.grad(score)(maps).astype(dtype)
    weighted = jnp.einsum("n...c,nc->n...", maps, weights_of(maps, gradients))
    positive = jnp.maximum(weighted, 0)
    return jax.image.resize(positive, inputs.shape[:-1], "linear").astype(inputs.dtype)
