"""Integrated gradients: attributions that sum to the change of the score from a baseline."""

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.arrays import as_operand
from jaxcnn.explain._inputs import Model
from jaxcnn.explain._target import Target, score_of
from jaxcnn.explain.attribution._saliency import (
    baseline_of,
    gradient,
    resolve_target,
    subject_and_pixels,
    weighted_sum,
)


def integrated_gradients(
    model: Model,
    images: ArrayLike,
    target: Target = None,
    *,
    baseline: ArrayLike = 0.0,
    steps: int = 50,
) -> Array:
    """Compute integrated gradients: each pixel's share in the score's difference from a baseline.

    Use it where attributions should add up: the sum of the attributions is the score of the image
    minus the score of the baseline. The attributions are
    ``(x - x0) * integral of gradient(x0 + a (x - x0)) over a from 0 to 1``. The integral is
    computed by Gauss-Legendre quadrature, as in Captum. `completeness_gap` measures the error of
    the sum.

    Args:
        model: A built module, a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects. Other numbers of spatial
            axes are accepted, too.
        target: One class for all images, ``(N,)`` classes (one per image), or a `Unit`. None means
            the most probable class of each image. The score of a class is its logit.
        baseline: The input x0 that means "nothing there": a number, one image ``(H, W, C)`` for
            all, or ``(N, H, W, C)``.
        steps: Number of points between the baseline and the image. The gradient is computed at one
            point after another.

    Returns:
        One attribution per value of `images`, in the shape of `images` and in units of the score.

    Raises:
        TypeError: If the model, the images, the target or the baseline has the wrong type.
        ValueError: If the model has no such class, layer, channel or position. Also if `steps` is
            not positive, or if `baseline` has the wrong shape.

    Source: Sundararajan, Taly and Yan 2017, *Axiomatic Attribution for Deep Networks*.
    """
    check_int("steps", steps)
    subject, inputs = subject_and_pixels(model, images)
    start = baseline_of(subject, inputs, baseline)
    target = resolve_target(subject, inputs, target)

    def at(share: Array) -> Array:
        return gradient(subject, start + share.astype(inputs.dtype) * (inputs - start), target)

    points, weights = np.polynomial.legendre.leggauss(steps)  # on -1 to 1
    shares = jnp.asarray((1 + points) / 2)
    return (inputs - start) * weighted_sum(at, jnp.asarray(weights / 2), shares, inputs)


def completeness_gap(
    model: Model,
    images: ArrayLike,
    attributions: ArrayLike,
    target: Target = None,
    *,
    baseline: ArrayLike = 0.0,
) -> Array:
    """Compute the completeness gap: the sum of the attributions minus the score difference.

    Use it to choose the `steps` of `integrated_gradients`: more steps bring the gap nearer to 0.

    Args:
        model: A built module, a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects. Other numbers of spatial
            axes are accepted, too.
        attributions: From `integrated_gradients`, for the same target and baseline.
        target: One class for all images, ``(N,)`` classes (one per image), or a `Unit`. None means
            the most probable class of each image. The score of a class is its logit.
        baseline: A number, one image ``(H, W, C)`` for all, or ``(N, H, W, C)``.

    Returns:
        ``(N,)``: ``sum of attributions - (score of image - score of baseline)``. A gap of 0 means
        that the attributions are complete.

    Raises:
        TypeError: If the model, the images, the target or the baseline has the wrong type.
        ValueError: If the model has no such class, layer, channel or position. Also if `baseline`
            has the wrong shape, or if the attributions do not have the shape of the images.
    """
    subject, inputs = subject_and_pixels(model, images)
    parts = as_operand("attributions", attributions)
    if parts.shape != inputs.shape:
        raise ValueError(
            f"attributions: expected the shape of images, {inputs.shape}, got {parts.shape}"
        )
    start = baseline_of(subject, inputs, baseline)
    target = resolve_target(subject, inputs, target)
    gained = score_of(subject, inputs, target) - score_of(subject, start, target)
    return parts.sum(axis=tuple(range(1, parts.ndim))) - gained
