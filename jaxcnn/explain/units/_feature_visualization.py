"""Make pictures that channels of a layer respond to most, many channels at once."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax import Array

from jaxcnn.explain._inputs import Subject
from jaxcnn.explain._layer_calls import record_call
from jaxcnn.explain.units._receptive_field import Box

COLORS = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]], np.float32)
"""The square root of the covariance of the colors of ImageNet's pixels: its columns are
brightness, blue against yellow, and green against magenta. From Lucid, a library of Olah et al."""

CONTRAST = 0.25
"""Root mean square of the deviation from the mean color; about that of photographs. It holds for
models that do not know the statistics of their training images."""

START_NOISE = 0.01
"""Standard deviation of the spectrum from which the ascent starts, in units of its step."""


class Ascent(NamedTuple):
    """The options of the gradient ascent.

    Attributes:
        steps: Number of steps.
        learning_rate: Step size of Adam, on the spectrum.
        smoothness: Power of the frequency by which fine patterns are weakened.
        jitter: Largest shift along each axis, as a share of the receptive field.
    """

    steps: int
    learning_rate: float = 0.05
    smoothness: float = 1.0
    jitter: float = 1 / 16


class Goal(NamedTuple):
    """The channels that the pictures are made for.

    Attributes:
        layer: The name of the layer.
        channels: ``(n,)``, the channels.
        position: The position in the layer's output; () if it has no spatial axes.
        box: The pixels that this position depends on; the others stay at the mean color.
    """

    layer: str
    channels: np.ndarray
    position: tuple[int, ...]
    box: Box


def visualize_channels(
    subject: Subject, goal: Goal, shape: tuple[int, ...], key: Array, ascent: Ascent
) -> tuple[np.ndarray, np.ndarray]:
    """Make a picture for each channel that makes its value at a position as large as possible.

    The pixels are computed from a spectrum, whose fine patterns are weak and whose colors vary as
    in photographs, so that the ascent prefers large shapes to noise. Their contrast is that of the
    training images. In each step, the picture is shifted by a few pixels at random.

    Args:
        subject: The model.
        goal: What to make the pictures for.
        shape: The shape of an image, ``(H, W, 1 or 3)``.
        key: A random key for the start and the shifts.
        ascent: How the pictures are made.

    Returns:
        The pictures of the receptive field ``(n, h, w, C)``, from 0 to 1, and the values that they
        reach ``(n,)``.
    """
    rows, columns = goal.box.slices
    size = (rows.stop - rows.start, columns.stop - columns.start)
    paint = _Painter(size, shape, goal.box, *_mean_and_contrast(subject, shape), ascent.smoothness)
    reach = np.rint(ascent.jitter * np.array(size)).astype(int)
    graph, variables = nnx.split(subject.module)
    optimizer = optax.adam(ascent.learning_rate)

    def values(variables: nnx.State, images: Array) -> Array:
        merged = subject._replace(module=nnx.merge(graph, variables))
        outputs = record_call(merged, images, goal.layer).outputs
        at = outputs[(slice(None), *goal.position)]
        return at[jnp.arange(len(goal.channels)), goal.channels]

    @jax.jit
    def ascend(variables: nnx.State, key: Array) -> tuple[Array, Array]:
        def loss(spectrum: Array, shift: Array) -> Array:
            shifted = jnp.roll(paint.on_canvas(spectrum), shift, (1, 2))
            return -values(variables, shifted).sum()

        def step(state: tuple[Array, optax.OptState], key: Array) -> tuple:
            spectrum, memory = state
            shift = jax.random.randint(key, (2,), -reach, reach + 1)
            gradient = jax.grad(loss)(spectrum, shift)
            update, memory = optimizer.update(gradient, memory)
            return (optax.apply_updates(spectrum, update), memory), None

        start_key, shifts_key = jax.random.split(key)
        start = START_NOISE * jax.random.normal(start_key, paint.spectrum_shape(len(goal.channels)))
        shifts = jax.random.split(shifts_key, ascent.steps)
        (spectrum, _), _ = jax.lax.scan(step, (start, optimizer.init(start)), shifts)
        return paint.patches(spectrum), values(variables, paint.on_canvas(spectrum))

    patches, reached = ascend(variables, key)
    return np.asarray(patches), np.asarray(reached)


def _mean_and_contrast(subject: Subject, shape: tuple[int, ...]) -> tuple[np.ndarray, float]:
    """Return the mean color ``(C,)`` of training images, and their contrast."""
    channels = shape[-1]
    if subject.normalization is None:
        return np.full(channels, 0.5, np.float32), CONTRAST
    mean = np.broadcast_to(np.asarray(subject.normalization.mean, np.float32), (channels,))
    return mean, float(np.mean(subject.normalization.std))


class _Painter(NamedTuple):
    """A map from spectra to pictures.

    Attributes:
        size: Height and width of the pictures.
        shape: The shape of an image of the network.
        box: The place of the picture in the image.
        mean: The mean color.
        contrast: Root mean square of the deviation from the mean color.
        smoothness: Power of the frequency by which fine patterns are weakened.
    """

    size: tuple[int, int]
    shape: tuple[int, ...]
    box: Box
    mean: np.ndarray
    contrast: float
    smoothness: float

    def spectrum_shape(self, count: int) -> tuple[int, ...]:
        """Return the shape of the spectra of this many pictures: real and imaginary parts."""
        height, width = self.size
        return (2, count, height, width // 2 + 1, self.shape[-1])

    def patches(self, spectrum: Array) -> Array:
        """Return the pictures of spectra, ``(n, h, w, C)`` from 0 to 1."""
        height, width = self.size
        frequencies = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
        weights = np.maximum(frequencies, 1 / max(self.size)) ** -self.smoothness
        parts = spectrum * jnp.asarray(weights[..., None], jnp.float32)
        pattern = jnp.fft.irfft2(parts[0] + 1j * parts[1], s=self.size, axes=(1, 2))
        if self.shape[-1] == 3:
            pattern = pattern @ COLORS.T
        strength = jnp.sqrt((pattern**2).mean((1, 2, 3), keepdims=True) + 1e-12)
        deviation = self.mean - 0.5 + self.contrast * pattern / strength
        return 0.5 + 0.5 * jnp.tanh(2 * deviation)  # a smooth limit at 0 and 1

    def on_canvas(self, spectrum: Array) -> Array:
        """Return whole images, which have the mean color around the pictures."""
        patches = self.patches(spectrum)
        canvas = jnp.broadcast_to(self.mean, (len(patches), *self.shape)).astype(patches.dtype)
        return canvas.at[(slice(None), *self.box.slices)].set(patches)
