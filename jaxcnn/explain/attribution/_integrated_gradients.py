"""Integrated gradients: how the score came about on the way from nothing to the image."""

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
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
    """Each pixel's part in what the score has over that of a baseline: the parts sum to it.

    ``(x - x0) * integral of gradient(x0 + a (x - x0)) over a from 0 to 1``, by Gauss-Legendre
    quadrature, as in Captum. `completeness_gap` says how far the sum is off.

    Args:
        model: As in `saliency`.
        images: As in `saliency`.
        target: As in `saliency`; None: the most probable class of the image itself.
        baseline: What stands for "nothing there": a number, an image ``(H, W, C)``, or one for
            each image.
        steps: Points at which the gradient is taken, one after another.

    Returns:
        The shape of `images`, in units of the score.

    Raises:
        TypeError: As `saliency`.
        ValueError: As `saliency`, or if `steps` is not positive or `baseline` is of another shape.

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
    """How far attributions are from summing to what the score has over that of the baseline.

    Args:
        model: As in `saliency`.
        images: As in `saliency`.
        attributions: From `integrated_gradients`, of the same target and baseline.
        target: As in `integrated_gradients`.
        baseline: As in `integrated_gradients`.

    Returns:
        ``(N,)``: sum of the attributions - (score of the image - score of the baseline); 0 if
        they are complete. More steps bring it nearer to 0.

    Raises:
        TypeError: As `saliency`.
        ValueError: As `integrated_gradients`, or if the attributions are of another shape than
            the images.
    """
    subject, inputs = subject_and_pixels(model, images)
    parts = jnp.asarray(attributions)
    if parts.shape != inputs.shape:
        raise ValueError(
            f"attributions must have the shape of images, {inputs.shape}, got {parts.shape}"
        )
    start = baseline_of(subject, inputs, baseline)
    target = resolve_target(subject, inputs, target)
    gained = score_of(subject, inputs, target) - score_of(subject, start, target)
    return parts.sum(axis=tuple(range(1, parts.ndim))) - gained
