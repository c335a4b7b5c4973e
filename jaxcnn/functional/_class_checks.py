"""Checks of the inputs of losses and metrics: shapes and dtypes, which are known before compiling.

Values (labels in range) are checked where they are known, outside of compiled functions; traced
ones pass. `jaxcnn.data` checks those of a data set on the host.
"""

from collections.abc import Callable
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer
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


def check_classes(labels: Array, num_classes: int, where: Array | None) -> None:
    """Raise ValueError if a known label is not one of the classes 0 to num_classes - 1."""
    last = num_classes - 1
    _check_values("labels", labels, _outside(0, last), f"classes from 0 to {last}", where)


def check_probabilities(name: str, values: Array, where: Array | None = None) -> None:
    """Raise ValueError if a known value is outside 0 to 1 by more than rounding."""
    rounding = _rounding(values)
    _check_values(name, values, _outside(-rounding, 1 + rounding), "values from 0 to 1", where)


def check_log_probabilities(name: str, values: Array) -> None:
    """Raise ValueError if a known value is above 0, which no logarithm of a probability is."""
    rounding = _rounding(values)
    expected = "logarithms of probabilities, at most 0, as F.log_softmax returns them"
    _check_values(name, values, _outside(-np.inf, rounding), expected)


def check_signs(name: str, values: Array) -> None:
    """Raise ValueError if a known value is neither -1 nor +1."""
    hint = " (2 * labels - 1 makes them of 0 and 1)"
    _check_values(name, values, lambda values: np.abs(values) != 1, "-1 or +1", hint=hint)


def _outside(low: float, high: float) -> Callable[[np.ndarray], np.ndarray | np.bool]:
    """Return a function that says which values are below `low` or above `high`; NaN is neither."""

    def is_outside(values: np.ndarray) -> np.ndarray | np.bool:
        # Three times as fast as to compare each value, if all are right.
        if values.size and values.min() >= low and values.max() <= high:
            return np.False_
        return (values < low) | (values > high)

    return is_outside


def _rounding(values: Array) -> float:
    return 4 * float(max(jnp.finfo(jnp.float32).eps, jnp.finfo(values.dtype).eps))


def _check_values(
    name: str,
    array: Array,
    is_wrong: Callable[[np.ndarray], np.ndarray | np.bool],
    expected: str,
    where: Array | None = None,
    hint: str = "",
) -> None:
    """Raise ValueError if a value is wrong, unless it is traced, on other machines or left out.

    Args:
        name: The argument's name in the error.
        array: The values.
        is_wrong: Returns which of the values are wrong.
        expected: What is right.
        where: False for examples to leave out: of the shape of `array`, or with less or more axes
            at its end.
        hint: What to do, in parentheses.
    """
    if not _is_known(array):
        return
    values = jax.device_get(array)
    wrong = is_wrong(values)
    if not wrong.any():
        return
    if where is not None:
        if not _is_known(where):
            return
        counts = jax.device_get(where)
        counts = counts.any(axis=tuple(range(values.ndim, counts.ndim)))
        wrong = wrong & counts.reshape(*counts.shape, *[1] * (values.ndim - counts.ndim))
    if wrong.any():
        raise ValueError(f"{name}: expected {expected}, got {values[wrong][0]}{hint}")


def with_maths(*arrays: Array) -> tuple[Any, ...]:
    """Return a NumPy and the arrays for it: NumPy's own on the host, JAX's where one is traced.

    On the host, sums are of float64, and no program is compiled for each shape.
    """
    if any(isinstance(array, Tracer) for array in arrays):
        return jnp, *arrays
    return np, *(np.asarray(array) for array in arrays)


def _is_known(array: Array) -> bool:
    return not isinstance(array, Tracer) and array.is_fully_addressable


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


def as_answers(name: str, values: ArrayLike, shape: tuple[int, ...], counted: Array) -> Array:
    """Return the answers, yes or no, to K questions about N examples as booleans `(N, K)`.

    Those of examples that are not `counted`, `(N,)`, may be any integers.
    """
    array = as_operand(name, values)
    if array.dtype != bool and not jnp.issubdtype(array.dtype, jnp.integer):
        hint = " (compare probabilities with a threshold)" * (name == "predictions")
        raise TypeError(f"{name}: expected booleans, or integers 0 and 1, got {array.dtype}{hint}")
    if array.shape != shape:
        raise ValueError(f"{name}: expected shape {shape}, got {array.shape}")
    if array.dtype != bool:
        _check_values(name, array, lambda values: (values != 0) & (values != 1), "0 or 1", counted)
    return array.astype(bool)


def as_yes_or_no(name: str, scores: Array, labels: ArrayLike, counted: Array) -> Array:
    """Return for each score whether its answer is yes, as booleans of the shape of the scores.

    Args:
        name: The name of the scores in errors.
        scores: ``(N,)``, of one question per example, or ``(N, K)``, one per class.
        labels: ``(N,)`` or ``(N, K)`` answers; for scores ``(N, K)`` also ``(N,)`` classes.
        counted: ``(N,)``, False for padded examples.
    """
    if scores.ndim not in (1, 2) or not all(scores.shape[1:]):
        raise ValueError(
            f"{name}: expected shape (N,), or (N, K) with one column per class, got {scores.shape}"
        )
    array = as_operand("labels", labels)
    if array.ndim == scores.ndim:
        return as_answers("labels", array, scores.shape, counted)
    classes = as_integer_labels(array, scores.shape[:1])
    check_classes(classes, scores.shape[-1], counted)
    maths, classes = with_maths(classes)
    return jnp.asarray(classes[:, None] == maths.arange(scores.shape[-1])[None])


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
