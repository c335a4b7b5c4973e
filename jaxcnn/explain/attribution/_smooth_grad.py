"""SmoothGrad: the mean of the gradients at noisy copies of an image."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.explain._inputs import Model, check_key
from jaxcnn.explain._target import Target
from jaxcnn.explain.attribution._saliency import gradient, settled, subject_and_pixels, weighted_sum


def smooth_grad(
    model: Model,
    images: ArrayLike,
    target: Target = None,
    *,
    key: Array,
    noise: float = 0.15,
    samples: int = 50,
) -> Array:
    """The mean of the gradients at copies of the image with normal noise.

    A gradient changes much from one image to the next one that looks the same; what is left in
    the mean does not.

    Args:
        model: as in `saliency`.
        images: as in `saliency`.
        target: as in `saliency`; None: the most probable class of the image without noise.
        key: a random key such as ``jax.random.key(0)``.
        noise: the noise's standard deviation, as a share of each image's range (its largest value
            less its smallest); the paper has 0.1 to 0.2. At 0 this is `saliency`.
        samples: number of copies; they go through the network one after another.

    Returns:
        The shape of `images`, as `saliency`.

    Raises:
        TypeError: as `saliency`, or if `key` is none.
        ValueError: as `saliency`, or if `samples` is not positive or `noise` is negative.

    Source: Smilkov et al. 2017, *SmoothGrad: removing noise by adding noise*.
    """
    check_key(key)
    check_int("samples", samples)
    check_number("noise", noise, minimum=0)
    subject, inputs = subject_and_pixels(model, images)
    target = settled(subject, inputs, target)
    axes = tuple(range(1, inputs.ndim))
    deviation = noise * (inputs.max(axes, keepdims=True) - inputs.min(axes, keepdims=True))

    def at_a_copy(key: Array) -> Array:
        copies = inputs + deviation * jax.random.normal(key, inputs.shape, inputs.dtype)
        return gradient(subject, copies, target)

    weights = jnp.full(samples, 1 / samples)
    return weighted_sum(at_a_copy, weights, jax.random.split(key, samples), inputs)
