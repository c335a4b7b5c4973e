"""Occlusion: what the score loses where a part of the image is covered."""

import math
from collections.abc import Callable
from functools import reduce

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int, check_ints, per_axis
from jaxcnn.explain._inputs import Model
from jaxcnn.explain._target import Target, Unit, score_of
from jaxcnn.explain.attribution._saliency import baseline_of, resolve_target, subject_and_pixels


def occlusion(
    model: Model,
    images: ArrayLike,
    target: Target = None,
    *,
    window: int | tuple[int, ...] = 3,
    stride: int | tuple[int, ...] = 1,
    baseline: ArrayLike = 0.0,
    batch_size: int = 64,
) -> Array:
    """What the score loses where a window is covered: the mean over the windows on each pixel.

    As Captum's ``Occlusion``, with a window over all channels: windows start at each multiple of
    the stride until one reaches the far edge, beyond which it is cut.

    Args:
        model: As in `saliency`.
        images: As in `saliency`.
        target: As in `saliency`; None: the most probable class of the whole image.
        window: The side of the window, or one for each spatial axis.
        stride: Its step, at most its side, or one for each spatial axis.
        baseline: What covers: a number, an image ``(H, W, C)``, or one for each image.
        batch_size: How many covered images go through the network at once.

    Returns:
        ``(N, H, W)``: the spatial axes of the images, in units of the score; positive where the
        pixels speak for the target.

    Raises:
        TypeError: As `saliency`, or if sizes are no integers.
        ValueError: As `saliency`, or if the windows leave pixels out or do not fit the images, or
            `baseline` is of another shape.

    Source: Zeiler and Fergus 2014, *Visualizing and Understanding Convolutional Networks*.
    """
    subject, inputs = subject_and_pixels(model, images)
    target = resolve_target(subject, inputs, target)
    whole = score_of(subject, inputs, target)

    def score(image: Array, n: Array) -> Array:
        same = isinstance(target, Unit) or np.ndim(target) == 0
        return score_of(subject, image[None], target if same else jnp.asarray(target)[n])[0]

    cover = baseline_of(subject, inputs, baseline)
    return _mean_drops(whole, score, inputs, cover, window, stride, batch_size)


def occlusion_for_every_class(
    model: Model,
    images: ArrayLike,
    *,
    window: int | tuple[int, ...] = 3,
    stride: int | tuple[int, ...] = 1,
    baseline: ArrayLike = 0.0,
    batch_size: int = 64,
) -> Array:
    """`occlusion` for all classes, each covered image going through the network once.

    Args:
        model: As in `saliency`; it ends in one number a class.
        images: As in `saliency`.
        window: As in `occlusion`, as is all that follows.
        stride: Its step.
        baseline: What covers.
        batch_size: How many covered images go through the network at once.

    Returns:
        ``(classes, N, H, W)``, as from `for_every_class`, which would take as many times longer.

    Raises:
        TypeError: As `occlusion`.
        ValueError: As `occlusion`.
    """
    subject, inputs = subject_and_pixels(model, images)
    cover = baseline_of(subject, inputs, baseline)
    whole = subject(inputs)

    def scores(image: Array, n: Array) -> Array:
        del n
        return subject(image[None])[0]

    drops = _mean_drops(whole, scores, inputs, cover, window, stride, batch_size)
    return jnp.moveaxis(drops, 1, 0)


def _mean_drops(
    whole: Array,
    score: Callable[[Array, Array], Array],
    inputs: Array,
    cover: Array,
    window: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    batch_size: int,
) -> Array:
    """What scores lose where windows are covered, by pixels.

    Args:
        whole: The scores of the whole images, ``(N, ...)``.
        score: From one image and its number to its scores.
        inputs: The images, ``(N, *spatial, C)``.
        cover: What covers them, of the same shape.
        window: Sides of the windows.
        stride: Their steps.
        batch_size: How many images at once.

    Returns:
        ``(N, ..., *spatial)``.
    """
    check_int("batch_size", batch_size)
    axes = _windows_over(inputs.shape[1:-1], window, stride)
    counts = tuple(len(axis) for axis in axes)
    images = len(inputs)

    def drop(index: Array) -> Array:
        n = index // math.prod(counts)
        places = jnp.unravel_index(index % math.prod(counts), counts)
        sides = [jnp.asarray(axis)[place] for axis, place in zip(axes, places, strict=True)]
        covered = reduce(jnp.logical_and.outer, sides)
        return whole[n] - score(jnp.where(covered[..., None], cover[n], inputs[n]), n)

    pairs = jnp.arange(images * math.prod(counts))
    drops = lax.map(drop, pairs, batch_size=batch_size)
    drops = drops.reshape(images, *counts, *whole.shape[1:])
    for axis in axes:  # the windows of one axis after another give way to its pixels, at the end
        drops = jnp.tensordot(drops, axis / axis.sum(0), axes=(1, 0))
    return drops.astype(inputs.dtype)


def _windows_over(
    sizes: tuple[int, ...], window: int | tuple[int, ...], stride: int | tuple[int, ...]
) -> list[np.ndarray]:
    """For each axis which pixels each window covers: booleans ``(windows, pixels)``."""
    check_ints("window", window)
    check_ints("stride", stride)
    sides, steps = per_axis("window", window, len(sizes)), per_axis("stride", stride, len(sizes))
    if any(side > size for side, size in zip(sides, sizes, strict=True)):
        raise ValueError(f"window must be at most the images' {sizes}, got {window}")
    if any(step > side for step, side in zip(steps, sides, strict=True)):
        raise ValueError(f"stride must be at most window, {window}, to reach all, got {stride}")
    axes = []
    for size, side, step in zip(sizes, sides, steps, strict=True):
        starts = np.arange(-(-(size - side) // step) + 1)[:, None] * step
        axes.append((np.arange(size) >= starts) & (np.arange(size) < starts + side))
    return axes
