"""Saliency and SmoothGrad, the gradient of a score by the pixels; and what all methods share."""

from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int, check_number
from jaxcnn.explain._inputs import Model, Subject, as_inputs, check_key, subject_of
from jaxcnn.explain._target import Target, Unit, score_of


def saliency(model: Model, images: ArrayLike, target: Target = None) -> Array:
    """Compute a saliency map: the gradient of the score with respect to each pixel, with its sign.

    It is the fastest attribution method: it needs a single backward pass. Each value says how much
    the score changes per unit of change of the pixel. The paper draws the largest absolute value
    over the channels. Captum's ``Saliency`` returns absolute values unless it is called with
    ``abs=False``.

    Args:
        model: A built module, a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects. Other numbers of spatial
            axes are accepted, too.
        target: One class for all images, ``(N,)`` classes (one per image), or a `Unit`. None means
            each image's most probable class. The score of a class is its logit.

    Returns:
        The change of the score per unit of input, in the shape of `images`. If a trained network is
        given uint8 images, they are scaled to [0, 1] first. The change is then per unit on that
        scale.

    Raises:
        TypeError: If the model, the images or the target has the wrong type.
        ValueError: If the model has no such class, layer, channel or position.

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


Step = TypeVar("Step")


def subject_and_pixels(model: Model, images: ArrayLike) -> tuple[Subject, Array]:
    """Return the network, and the images as floats that can be differentiated.

    Raises:
        TypeError: If the model or the images are of the wrong kind, or the network takes tokens,
            which are integers and have no gradient.
    """
    subject = subject_of(model)
    inputs = as_inputs(subject, images)
    if not jnp.issubdtype(inputs.dtype, jnp.floating):
        raise TypeError(
            f"images: expected floating point, which attributions need, got {inputs.dtype} (a "
            "network that begins with an Embedding has no gradient by its inputs)"
        )
    return subject, inputs


def gradient(subject: Subject, inputs: Array, target: Target) -> Array:
    """Differentiate each image's score by its pixels, in the shape and dtype of `inputs`."""
    return jax.grad(lambda inputs: score_of(subject, inputs, target).sum())(inputs)


def resolve_target(subject: Subject, inputs: Array, target: Target) -> ArrayLike | Unit:
    """Return the target, or each image's most probable class if it is None.

    Methods that evaluate changed copies of an image must explain the same class in all of them.
    """
    return subject(inputs).argmax(axis=-1) if target is None else target


def weighted_sum(
    terms: Callable[[Step], Array], weights: Array, steps: Step, inputs: Array
) -> Array:
    """Compute ``sum(w * terms(step))`` step by step, so that memory does not grow with the steps.

    Args:
        terms: Computes a term, of the shape of `inputs`.
        weights: ``(steps,)``.
        steps: A pytree of arrays ``(steps, ...)``.
        inputs: An array of the sum's shape and dtype; the sum is accumulated in float32 at least.
    """
    dtype = jnp.promote_types(inputs.dtype, jnp.float32)

    def add(total: Array, weighted: tuple[Array, Step]) -> tuple[Array, None]:
        weight, step = weighted
        return total + weight * terms(step).astype(dtype), None

    zeros = jnp.zeros(inputs.shape, dtype)
    total, _ = lax.scan(add, zeros, (weights.astype(dtype), steps))
    return total.astype(inputs.dtype)


def baseline_of(subject: Subject, inputs: Array, baseline: ArrayLike) -> Array:
    """Return the baseline, an input that means "nothing there", in the shape of `inputs`.

    Args:
        subject: The network.
        inputs: The images, as floats.
        baseline: A number for all pixels, an image, or one image per input.

    Raises:
        TypeError: If it is an image of another kind than the network takes.
        ValueError: If it does not have the shape of an image.
    """
    if jnp.ndim(baseline) == 0:
        return jnp.full_like(inputs, baseline)
    image = as_inputs(subject, baseline, name="baseline")
    if image.shape not in (inputs.shape, inputs.shape[1:]):
        raise ValueError(
            f"baseline: expected a number or an image {inputs.shape[1:]}, got shape {image.shape}"
        )
    return jnp.broadcast_to(image, inputs.shape).astype(inputs.dtype)


def smooth_grad(
    model: Model,
    images: ArrayLike,
    target: Target = None,
    *,
    key: Array,
    noise: float = 0.15,
    samples: int = 50,
) -> Array:
    """Compute SmoothGrad: the mean gradient over copies of the image with Gaussian noise.

    Use it where saliency maps are noisy. Images that look the same can have very different
    gradients. The mean gradient over noisy copies differs much less.

    Args:
        model: A built module, a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects. Other numbers of spatial
            axes are accepted, too.
        target: One class for all images, ``(N,)`` classes (one per image), or a `Unit`. None means
            the most probable class of each image before noise is added. The score of a class is its
            logit.
        key: A random key such as ``jax.random.key(0)``.
        noise: The standard deviation of the noise, as a share of each image's range (largest value
            minus smallest value). The paper recommends 0.1 to 0.2. With 0, the result is the same
            as from `saliency`.
        samples: Number of noisy copies. The copies go through the network one after another.

    Returns:
        The change of the score per unit of input, in the shape of `images`. If a trained network is
        given uint8 images, they are scaled to [0, 1] first. The change is then per unit on that
        scale.

    Raises:
        TypeError: If the model, the images or the target has the wrong type, or `key` is not a
            random key.
        ValueError: If the model has no such class, layer, channel or position. Also if `samples` is
            not positive, or if `noise` is negative.

    Source: Smilkov et al. 2017, *SmoothGrad: removing noise by adding noise*.
    """
    check_key(key)
    check_int("samples", samples)
    check_number("noise", noise, minimum=0)
    subject, inputs = subject_and_pixels(model, images)
    target = resolve_target(subject, inputs, target)
    axes = tuple(range(1, inputs.ndim))
    deviation = noise * (inputs.max(axes, keepdims=True) - inputs.min(axes, keepdims=True))

    def at_a_copy(key: Array) -> Array:
        copies = inputs + deviation * jax.random.normal(key, inputs.shape, inputs.dtype)
        return gradient(subject, copies, target)

    weights = jnp.full(samples, 1 / samples)
    return weighted_sum(at_a_copy, weights, jax.random.split(key, samples), inputs)
