"""Grad-CAM++: Grad-CAM that finds all of several objects."""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._score import Target
from jaxcnn.explain._subject import Model
from jaxcnn.explain.attribution._activation_map import activation_map


def grad_cam_plus_plus(
    model: Model, images: ArrayLike, target: Target = None, *, layer: str | None = None
) -> Array:
    """Grad-CAM whose weights count each place by itself, so that small objects count, too.

    The weight of a channel A with gradients g is ``sum of a * max(0, g)`` over its places, with
    ``a = g² / (2 g² + g³ sum(A))``, which is ``1 / (2 + g sum(A))``. It is the paper's closed form
    for the score exp(logit), without the factor exp(logit), which all places of an image share.

    Args:
        model: as in `saliency`.
        images: as in `saliency`.
        target: as in `saliency`.
        layer: as in `grad_cam`; the paper takes one behind a ReLU, whose values are not negative.

    Returns:
        ``(N, H, W)``: the spatial axes of the images; not negative.

    Raises:
        TypeError: as `saliency`.
        ValueError: as `grad_cam`.

    Source: Chattopadhyay et al. 2018, *Grad-CAM++: Improved Visual Explanations for Deep
    Convolutional Networks*.
    """
    return activation_map(model, images, target, layer, _weights)


def _weights(maps: Array, gradients: Array) -> Array:
    places = tuple(range(1, maps.ndim - 1))
    positive = jnp.maximum(gradients, 0)
    shares = 1 / (2 + positive * maps.sum(places, keepdims=True))
    return (shares * positive).sum(places)
