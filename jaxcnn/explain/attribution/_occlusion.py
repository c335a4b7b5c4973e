"""Occlusion: how much the score drops where a part of the image is covered."""

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
    """Compute how much the score drops where a window of the image is covered.

    Use it where you do not trust gradients: occlusion only evaluates the network, once per window.
    A pixel's value is the mean drop over all windows that cover it. Windows start at each multiple
    of the stride, up to the first window that reaches the far edge. The part of this window beyond
    the edge is cut off. Captum's ``Occlusion`` does the same if its window spans all channels.

    Args:
        model: A built module, a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects. Other numbers of spatial
            axes are accepted, too.
        target: One class for all images, ``(N,)`` classes (one per image), or a `Unit`. None means
            the most probable class of each uncovered image. The score of a class is its logit.
        window: The window's side in pixels, or one side per spatial axis.
        stride: The step between windows in pixels, or one step per spatial axis; at most the
            window's side.
        baseline: What covers the window: a number, one image ``(H, W, C)`` for all, or
            ``(N, H, W, C)``.
        batch_size: Covered images per batch.

    Returns:
        ``(N, H, W)``: the spatial axes of the images, in units of the score. A value is positive
        where the pixels speak for the target.

    Raises:
        TypeError: If the model, the images, the target or the baseline has the wrong type, or a
            size is not an integer.
        ValueError: If the model has no such class, layer, channel or position. Also if the windows
            do not cover all pixels or do not fit the images, or if `baseline` has the wrong shape.

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
    """Compute occlusion maps for all classes, with one pass per covered image.

    Use it instead of `for_every_class` with `occlusion`, which computes the same maps but takes
    about K times as long for K classes.

    Args:
        model: A built module, a trained network or a run. The model's output must be one score per
            class.
        images: Images ``(N, H, W, C)`` in the form that the model expects. Other numbers of spatial
            axes are accepted, too.
        window: The window's side in pixels, or one side per spatial axis.
        stride: The step between windows in pixels, or one step per spatial axis; at most the
            window's side.
        baseline: What covers the window: a number, one image ``(H, W, C)`` for all, or
            ``(N, H, W, C)``.
        batch_size: Covered images per batch.

    Returns:
        ``(classes, N, H, W)``, in units of the scores. A value is positive where the pixels speak
        for the class.

    Raises:
        TypeError: If the model, the images or the baseline has the wrong type, or a size is not an
            integer.
        ValueError: If the windows do not cover all pixels or do not fit the images, or `baseline`
            has the wrong shape.
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
    """Compute for each pixel how much the scores drop where a window is covered.

    Args:
        whole: The scores of the whole images, ``(N, ...)``.
        score: Computes the scores of one image, given the image and its index.
        inputs: The images, ``(N, *spatial, C)``.
        cover: The pixels that replace covered ones, in the shape of `inputs`.
        window: The sides of the windows.
        stride: The steps between windows.
        batch_size: Covered images per batch.

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
    for axis in axes:  # replaces the first axis of windows by an axis of pixels, at the end
        drops = jnp.tensordot(drops, axis / axis.sum(0), axes=(1, 0))
    return drops.astype(inputs.dtype)


def _windows_over(
    sizes: tuple[int, ...], window: int | tuple[int, ...], stride: int | tuple[int, ...]
) -> list[np.ndarray]:
    """Return for each axis the pixels that each window covers: booleans ``(windows, pixels)``."""
    check_ints("window", window)
    check_ints("stride", stride)
    sides, steps = per_axis("window", window, len(sizes)), per_axis("stride", stride, len(sizes))
    if any(side > size for side, size in zip(sides, sizes, strict=True)):
        raise ValueError(f"window: expected at most the images' {sizes}, got {window}")
    if any(step > side for step, side in zip(steps, sides, strict=True)):
        raise ValueError(
            f"stride: expected at most window, {window}, to reach all pixels, got {stride}"
        )
    axes = []
    for size, side, step in zip(sizes, sides, steps, strict=True):
        starts = np.arange(-(-(size - side) // step) + 1)[:, None] * step
        axes.append((np.arange(size) >= starts) & (np.arange(size) < starts + side))
    return axes
