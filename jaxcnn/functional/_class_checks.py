"""What losses and metrics ask of their inputs: shapes and dtypes, known before any compile.

Values (labels in range, no NaN) cannot be seen here, inside a compiled function; the data
floor checks them on the host.
"""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


def as_floating(name: str, values: ArrayLike) -> Array:
    """Return `values` as an array, or raise TypeError where they are not floating point."""
    array = jnp.asarray(values)
    if not jnp.issubdtype(array.dtype, jnp.floating):
        raise TypeError(f"{name} must be floating point; got {array.dtype}")
    return array


def as_class_scores(name: str, values: ArrayLike) -> Array:
    """Return floating-point scores `(..., K)`, one for each of at least one class."""
    scores = as_floating(name, values)
    if scores.ndim == 0 or scores.shape[-1] == 0:
        raise ValueError(
            f"{name} must have shape (..., K) with one entry for each of K classes; "
            f"got {scores.shape}"
        )
    return scores


def as_integer_labels(labels: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return `labels` as int32 class numbers of exactly this shape."""
    array = jnp.asarray(labels)
    expected = f"labels must be integer class numbers of shape {shape}"
    if array.ndim == len(shape) + 1 and array.shape[:-1] == shape:
        raise ValueError(
            f"{expected}; got {array.dtype} of shape {array.shape}, "
            "which looks one-hot: take jnp.argmax(labels, axis=-1)"
        )
    if not jnp.issubdtype(array.dtype, jnp.integer):
        raise TypeError(f"{expected}; got {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"{expected}; got shape {array.shape}")
    return array.astype(jnp.int32)


def as_targets(name: str, targets: ArrayLike, like: Array, like_name: str) -> Array:
    """Return `targets` in the dtype of `like`, or raise ValueError where the shapes differ."""
    array = jnp.asarray(targets)
    if array.shape != like.shape:
        raise ValueError(
            f"{name} must have the shape of {like_name}, {like.shape}; got {array.shape}"
        )
    return array.astype(like.dtype)


def as_mask(where: ArrayLike | None, shape: tuple[int, ...]) -> Array:
    """Return the examples that count as booleans of this shape: all of them for None."""
    if where is None:
        return jnp.ones(shape, bool)
    mask = jnp.asarray(where)
    if mask.shape != shape or mask.dtype != bool:
        raise ValueError(
            f"where must be booleans of shape {shape}, True for the examples that count; "
            f"got {mask.dtype} of shape {mask.shape}"
        )
    return mask


def as_answers(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return answers "yes" or "no" to K questions on N examples as booleans `(N, K)`."""
    array = jnp.asarray(values)
    if array.dtype != bool and not jnp.issubdtype(array.dtype, jnp.integer):
        hint = ": compare probabilities with a threshold" * (name == "predictions")
        raise TypeError(f"{name} must be booleans, or integers 0 and 1; got {array.dtype}{hint}")
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}; got {array.shape}")
    return array.astype(bool)


def check_one_a_label(name: str, values: Array) -> None:
    """Raise ValueError unless values are `(N, K)`."""
    if values.ndim != 2 or not values.shape[1]:
        raise ValueError(
            f"{name} must have shape (N, K), one for each of K labels; got {values.shape}"
        )
