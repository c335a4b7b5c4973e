"""Checks of what `fit` and its like are asked to do, before anything that takes long."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax.typing import DTypeLike

from jaxcnn._support.arguments import check_int
from jaxcnn.data import Augmentation
from jaxcnn.training._gradients import Loss
from jaxcnn.training._normalization import Normalization


def check_arguments(
    *,
    examples: int,
    epochs: int,
    batch_size: int,
    microbatches: int,
    loss: Loss | None,
    label_smoothing: float,
    augmentation: Augmentation | None,
    normalization: Normalization | None,
    average: float | None,
    dtype: DTypeLike | None,
) -> None:
    """Raise TypeError or ValueError, naming the argument, unless `examples` can be trained on so.

    For the arguments, see `fit`.
    """
    check_int("epochs", epochs)
    check_int("batch_size", batch_size)
    check_int("microbatches", microbatches)
    if batch_size > examples:
        raise ValueError(
            f"batch_size: expected at most the {examples} training examples, got {batch_size}"
        )
    if batch_size % microbatches:
        raise ValueError(
            f"microbatches: expected a number that divides the batch size, {batch_size}, "
            f"got {microbatches}"
        )
    _check_kind("augmentation", augmentation, Augmentation, "Augmentation(flip='random')")
    _check_kind("normalization", normalization, Normalization, "Normalization.of(train)")
    if loss is not None and not isinstance(loss, Callable):
        raise TypeError(f"loss: expected a function loss(logits, labels), got {loss!r}")
    if loss is not None and label_smoothing:
        raise ValueError("label_smoothing: either smooth within `loss`, or pass no loss")
    if average is not None and not 0 <= average < 1:
        raise ValueError(f"average: expected a decay in [0, 1), got {average}")
    if dtype is not None:
        _check_dtype(dtype)


def _check_kind(name: str, value: Any, kind: type, example: str) -> None:
    if value is not None and not isinstance(value, kind):
        raise TypeError(f"{name}: expected None or one such as {example}, got {value!r:.80}")


def _check_dtype(dtype: DTypeLike) -> None:
    try:
        found = jnp.dtype(dtype)
    except TypeError:
        found = None
    if found == jnp.float16:
        raise ValueError("dtype: float16 would need its loss scaled; take 'bfloat16'")
    if found is None or not jnp.issubdtype(found, jnp.floating):
        raise TypeError(f"dtype: expected a floating-point one such as 'bfloat16', got {dtype!r}")
