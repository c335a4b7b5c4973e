"""An image that a class or a unit answers to most."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn.architecture._checks import check_spatial
from jaxcnn.explain._key import check_key
from jaxcnn.explain._score import Unit, score_of
from jaxcnn.explain._subject import Model, subject_of

GRAY = 0.5
START_NOISE = 0.1
"""Standard deviation of the pixels that the ascent starts from."""


def activation_maximization(
    model: Model,
    target: ArrayLike | Unit,
    input_shape: Sequence[int],
    *,
    key: Array,
    steps: int = 256,
    learning_rate: float = 0.05,
    jitter: int = 4,
    decay: float = 0.1,
    total_variation: float = 0.1,
) -> Array:
    """An image that makes a class's score, or a unit, as large as it gets.

    Gradient ascent from gray with a little noise: at each step the image is shifted at random,
    moved along the gradient (divided by its root mean square over the pixels that have one),
    smoothed, drawn back towards gray, and cut off at 0 and 1.

    Args:
        model: a built module, a trained network or a run.
        target: a class or a unit.
        input_shape: of the image, ``(H, W, C)``, or with one or three spatial axes.
        key: randomness of the start and of the shifts.
        steps: of the ascent.
        learning_rate: how far a step moves the pixels, as a root mean square.
        jitter: shifts are up to so many pixels along each axis, around the edges; for a unit
            with a position there are none, for its place is what counts.
        decay: share of the distance from gray that each step takes away.
        total_variation: weight of the smoothing: of the gradient of the sum of differences
            between neighbouring pixels.

    Returns:
        ``(H, W, C)``, pixels from 0 to 1, as trained networks take them. The module of a bare
        model should be one that takes such.

    Raises:
        TypeError: if `model`, `target` or `key` is of the wrong kind, or a number is no integer.
        ValueError: if there is no such class or unit, a number is too small, or the shape has no
            spatial axes.

    Example:
        >>> import jaxcnn
        >>> from flax import nnx
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(4, 3), jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> model = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
        >>> activation_maximization(model, 3, (8, 8, 1), key=jax.random.key(0), steps=2).shape
        (8, 8, 1)

    Source: Simonyan et al. 2014, *Deep Inside Convolutional Networks*; Yosinski et al. 2015,
    *Understanding Neural Networks Through Deep Visualization*; Mordvintsev et al. 2015,
    *Inceptionism* (the jitter).
    """
    check_key(key)
    check_int("steps", steps)
    check_int("jitter", jitter, minimum=0)
    subject = subject_of(model)
    shape = tuple(input_shape)
    check_spatial(shape)
    axes = tuple(range(len(shape) - 1))
    fixed = isinstance(target, Unit) and target.position is not None
    reach = 0 if fixed else jitter

    def score(image: Array) -> Array:
        return score_of(subject, image[None], target)[0]

    def step(image: Array, key: Array) -> tuple[Array, None]:
        shift = jax.random.randint(key, (len(axes),), -reach, reach + 1)
        gradient = jnp.roll(jax.grad(score)(jnp.roll(image, shift, axes)), -shift, axes)
        gradient /= jnp.sqrt((gradient**2).sum() / ((gradient != 0).sum() + 1)) + 1e-12
        gradient -= total_variation * jax.grad(_total_variation)(image)
        image = GRAY + (1 - decay) * (image - GRAY) + learning_rate * gradient
        return image.clip(0, 1), None

    start_key, shifts_key = jax.random.split(key)
    start = GRAY + START_NOISE * jax.random.normal(start_key, shape)
    image, _ = jax.lax.scan(step, start.clip(0, 1), jax.random.split(shifts_key, steps))
    return image


def _total_variation(image: Array) -> Array:
    """The sum of the differences between neighbours, a little rounded off at 0."""
    steps = [jnp.diff(image, axis=axis).ravel() for axis in range(image.ndim - 1)]
    return jnp.sqrt(jnp.concat(steps) ** 2 + 1e-4).sum()
