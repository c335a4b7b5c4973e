"""Checks of the inputs of losses and metrics: shapes and dtypes, which are known before compiling.

Values (labels in range, no NaN) cannot be checked here, inside a compiled function;
`jaxcnn.data` checks them on the host.
"""

from math import prod

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arrays import as_operand

Axes = int | tuple[int, ...] | None
"""An axis, several, or None for all of them."""


def as_floating(name: str, values: ArrayLike) -> Array:
    """Return `values` as an array, or raise TypeError where they are not floating point."""
    array = as_operand(name, values)
    if not jnp.issubdtype(array.dtype, jnp.floating):
        raise TypeError(f"{name}: expected floating point, got {array.dtype}")
    return array


def as_class_scores(name: str, values: ArrayLike) -> Array:
    """Return floating-point scores `(..., K)`, one per class; raise where there are no classes."""
    scores = as_floating(name, values)
    if scores.ndim == 0 or scores.shape[-1] == 0:
        raise ValueError(
            f"{name}: expected shape (..., K), one entry for each of K classes, got {scores.shape}"
        )
    return scores


def as_integer_labels(labels: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return `labels` as int32 classes, or raise unless they are integers of exactly this shape."""
    array = as_operand("labels", labels)
    expected = f"labels: expected integer classes of shape {shape}"
    if array.ndim == len(shape) + 1 and array.shape[:-1] == shape:
        raise ValueError(
            f"{expected}, got {array.dtype} of shape {array.shape} "
            "(if they are one-hot, take jnp.argmax(labels, axis=-1))"
        )
    if not jnp.issubdtype(array.dtype, jnp.integer):
        raise TypeError(f"{expected}, got {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"{expected}, got shape {array.shape}")
    return array.astype(jnp.int32)


def as_targets(name: str, targets: ArrayLike, like: Array, like_name: str) -> Array:
    """Return `targets` in the dtype of `like`, or raise ValueError where the shapes differ."""
    array = as_operand(name, targets)
    if array.shape != like.shape:
        raise ValueError(
            f"{name}: expected the shape of {like_name}, {like.shape}, got {array.shape}"
        )
    return array.astype(like.dtype)


def as_mask(where: ArrayLike | None, shape: tuple[int, ...]) -> Array:
    """Return `where` as booleans of this shape; None includes all examples."""
    if where is None:
        return jnp.ones(shape, bool)
    mask = as_operand("where", where)
    if mask.shape != shape or mask.dtype != bool:
        raise ValueError(
            f"where: expected booleans of shape {shape}, True for the examples that count, "
            f"got {mask.dtype} of shape {mask.shape}"
        )
    return mask


def as_answers(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return the answers, yes or no, to K questions about N examples as booleans `(N, K)`."""
    array = as_operand(name, values)
    if array.dtype != bool and not jnp.issubdtype(array.dtype, jnp.integer):
        hint = " (compare probabilities with a threshold)" * (name == "predictions")
        raise TypeError(f"{name}: expected booleans, or integers 0 and 1, got {array.dtype}{hint}")
    if array.shape != shape:
        raise ValueError(f"{name}: expected shape {shape}, got {array.shape}")
    return array.astype(bool)


def check_one_per_label(name: str, values: Array) -> None:
    """Raise ValueError unless `values` have shape `(N, K)`, with at least one label."""
    if values.ndim != 2 or not values.shape[1]:
        raise ValueError(
            f"{name}: expected shape (N, K), one column for each of K labels, got {values.shape}"
        )


def classes_last(array: Array, axis: Axes) -> Array:
    """Move the axes of the classes to the end and flatten them into one.

    Example:
        >>> classes_last(jnp.zeros((2, 3, 4)), 1).shape, classes_last(jnp.zeros((2, 3)), None).shape
        ((2, 4, 3), (6,))
    """
    if axis == -1:
        return array
    axes = tuple(range(array.ndim)) if axis is None else axis
    try:
        moved = np.lib.array_utils.normalize_axis_tuple(axes, array.ndim)
    except TypeError:
        raise TypeError(
            f"axis: expected an integer, a tuple of integers or None, got {axis!r}"
        ) from None
    except ValueError:
        moved = ()
    if not moved:
        raise ValueError(
            f"axis: expected one or more different axes of an array of rank {array.ndim}, "
            f"got {axis}"
        )
    rest = [i for i in range(array.ndim) if i not in moved]
    sizes = [array.shape[i] for i in rest]
    return array.transpose(*rest, *moved).reshape(*sizes, prod(array.shape[i] for i in moved))


def as_included(where: ArrayLike | None, scores: Array, axis: Axes) -> Array | None:
    """Return a mask of examples or of single scores as booleans `(..., K)`, classes last.

    Args:
        where: Booleans of the shape of `scores`, or of that shape without the axes of the
            classes; None includes everything.
        scores: Scores, before their classes are moved to the end.
        axis: The axes of the classes.

    Raises:
        ValueError: If `where` is not of booleans, or has the wrong shape.
    """
    if where is None:
        return None
    mask, shape = as_operand("where", where), classes_last(scores, axis).shape
    if mask.dtype != bool or mask.shape not in (scores.shape, shape[:-1]):
        raise ValueError(
            f"where: expected booleans of shape {shape[:-1]}, one per example, or {scores.shape}, "
            f"one per score, got {mask.dtype} of shape {mask.shape}"
        )
    is_per_score = mask.shape == scores.shape
    return classes_last(mask, axis) if is_per_score else jnp.broadcast_to(mask[..., None], shape)
