"""Saliency: the gradient of a score by the pixels."""

from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._score import Target
from jaxcnn.explain._subject import Model
from jaxcnn.explain.attribution._gradients import gradient, subject_and_pixels


def saliency(model: Model, images: ArrayLike, target: Target = None) -> Array:
    """How much the score would grow with each pixel: its gradient, with its sign.

    The paper draws its absolute value, the largest of the channels, and Captum's ``Saliency``
    returns the absolute value unless it is called with ``abs=False``.

    Args:
        model: a built module, a trained network or a run.
        images: ``(N, H, W, C)``, or with another number of spatial axes, as the model takes them.
        target: what is explained: a class for all images, ``(N,)`` classes, a `Unit`, or None:
            each image's most probable class. A class stands for its logit.

    Returns:
        The shape of `images`: score per unit of the network's inputs, which for the uint8 pixels
        of a trained network are 0 to 1.

    Raises:
        TypeError: if the model, the images or the target are of the wrong kind.
        ValueError: if there is no such class, layer, channel or position.

    Example:
        >>> import jax.numpy as jnp, jaxcnn
        >>> from flax import nnx
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(2, kernel_init="ones")])
        >>> model = jaxcnn.build(net, (1, 3, 1), rngs=nnx.Rngs(0))
        >>> saliency(model, jnp.ones((1, 1, 3, 1)), 0).ravel()
        Array([1., 1., 1.], dtype=float32)

    Source: Simonyan, Vedaldi and Zisserman 2014, *Deep Inside Convolutional Networks*.
    """
    return gradient(*subject_and_pixels(model, images), target)
