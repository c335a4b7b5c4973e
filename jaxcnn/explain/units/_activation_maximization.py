"""Make and draw an image that a class or a unit responds to most."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn.explain._inputs import Model, check_key, check_takes_images, subject_of
from jaxcnn.explain._target import Unit, score_of
from jaxcnn.explain.drawing._drawable import as_rgb_images, check_names
from jaxcnn.explain.drawing._figure import as_written, new_figure, remove_frame
from jaxcnn.explain.drawing._mosaic import columns_for
from jaxcnn.explain.drawing._signed_numbers import as_number
from jaxcnn.layers import check_spatial

if TYPE_CHECKING:
    from matplotlib.figure import Figure


GRAY = 0.5
START_NOISE = 0.1
"""Standard deviation of the noise on the gray image from which the ascent starts."""


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
    """Make an image that maximizes a class's score or a unit, by gradient ascent on the pixels.

    Use it to see what a class or a unit responds to, independent of any data set. The ascent starts
    from gray with a little noise. Each step computes the gradient for a randomly shifted copy of
    the image. The step moves the image along this gradient, smooths the image, pulls it toward
    gray, and clips its pixels to the range from 0 to 1. The gradient is first divided by its root
    mean square over the pixels where it is not 0.

    Args:
        model: A built module, a trained network or a run.
        target: A class or a `Unit`.
        input_shape: The shape of the image, ``(H, W, C)``. One or three spatial axes are accepted,
            too.
        key: A random key for the start and the shifts.
        steps: Number of steps.
        learning_rate: Root mean square of the change of the pixels per step.
        jitter: Largest shift along each axis, in pixels. Pixels that leave the image at one edge
            come in at the opposite edge. Images for a unit with a position are not shifted, since
            the position matters.
        decay: Share of the distance from gray that each step removes.
        total_variation: Weight of the smoothing. Smoothing is gradient descent on the sum of the
            absolute differences between neighboring pixels.

    Returns:
        ``(H, W, C)``, pixels from 0 to 1, as trained networks expect them. A bare module must
        expect such pixels, too.

    Raises:
        TypeError: If `model`, `target` or `key` has the wrong type, or `steps` or `jitter` is not
            an integer.
        ValueError: If there is no such class or unit, or a number is too small. Also if the shape
            has no spatial axes, or if a trained network does not take images.

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
    check_takes_images("activation_maximization", subject.kind)
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
    """The sum of the differences between neighboring pixels, smooth at 0."""
    steps = [jnp.diff(image, axis=axis).ravel() for axis in range(image.ndim - 1)]
    return jnp.sqrt(jnp.concat(steps) ** 2 + 1e-4).sum()


MAX_IMAGES = 64
WIDTH = 7.0  # in inches


def plot_maximizing_images(
    images: npt.ArrayLike,
    names: Sequence[str],
    *,
    values: npt.ArrayLike | None = None,
    title: str = "What the network responds to most",
) -> "Figure":
    """Draw images that maximize classes or channels, each under its name.

    Args:
        images: `(N, H, W, 1)` or `(N, H, W, 3)`, uint8 or floats from 0 to 1, as
            `activation_maximization` makes them; at most 64.
        names: The class or channel of each image.
        values: `(N,)`: the score or value that each image reached.
        title: The figure's title, such as the network and its training set.

    Returns:
        The figure: ``figure.savefig("maximizing.png")`` writes it.

    Raises:
        TypeError: If the images are neither uint8 nor floating point.
        ValueError: If shapes do not fit together, if floats lie outside 0 to 1, or if there are
            more than 64 images.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> figure = explain.plot_maximizing_images(np.zeros((2, 8, 8, 3)), ["cat", "dog"])
        >>> [axes.get_title() for axes in figure.axes]
        ['cat', 'dog']
    """
    pictures = as_rgb_images(images)
    reached = None if values is None else np.asarray(values, np.float32)
    _check(len(pictures), names, reached)
    columns = columns_for(len(pictures))
    rows = math.ceil(len(pictures) / columns)
    _, height, width, _ = pictures.shape
    side = min(WIDTH / columns, 1.9)
    figure = new_figure(
        max(side * columns, 4.0),
        rows * (side * height / width + (0.2 if reached is None else 0.35)) + 0.9,
        title=title,
        caption=_caption(reached),
    )
    cells = figure.add_gridspec(rows, columns)
    for place, picture in enumerate(pictures):
        axes = figure.add_subplot(cells[divmod(place, columns)])
        axes.imshow(picture, interpolation="nearest")
        remove_frame(axes)
        value = "" if reached is None else f"\n{as_number(float(reached[place]))}"
        axes.set_title(as_written(names[place], 14) + value, fontsize=9)
    return figure


def _check(n: int, names: Sequence[str], values: np.ndarray | None) -> None:
    if n > MAX_IMAGES:
        raise ValueError(f"images: expected at most {MAX_IMAGES}, to be readable, got {n}")
    check_names("names", names, n, "images")
    if values is not None and values.shape != (n,):
        raise ValueError(f"values: expected shape ({n},), one per image, got {values.shape}")


def _caption(values: np.ndarray | None) -> str:
    below = "" if values is None else " Below each name: the value that the image reached."
    return (
        "These are not photographs: each image was optimized step by step to maximize the class "
        f"or channel named above it.{below}"
    )
