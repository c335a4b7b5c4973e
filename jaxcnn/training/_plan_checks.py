"""Checks of single options of a `Plan`: the optimizer, the dtype, averaging."""

import inspect
import os
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax

from jaxcnn._support.arguments import check_function, check_int


def check_optimizer(tx: Any) -> None:
    """Raise TypeError unless `tx` is an optimizer, or a function of the number of steps."""
    if isinstance(tx, optax.GradientTransformation | optax.MultiSteps):
        return
    if not callable(tx) or "learning_rate" in inspect.signature(tx).parameters:
        raise TypeError(
            f"tx: expected an optimizer such as optax.adam(1e-3), or a function of the number of "
            f"steps that returns one, got {tx!r}"
        )
    check_function("tx", tx, "steps", example="lambda steps: optax.adam(1e-3)")


def as_transformation(made: Any) -> optax.GradientTransformation:
    """Return what the function `tx` returned as a transformation, also an `optax.MultiSteps`.

    Raises:
        TypeError: If it is no optimizer.
    """
    if isinstance(made, optax.MultiSteps):
        return made.gradient_transformation()
    if not isinstance(made, optax.GradientTransformation):
        raise TypeError(
            "tx: expected a function that returns an optimizer such as optax.adam(1e-3), got one "
            f"that returns {made!r:.80}"
        )
    return made


def check_dtype(dtype: Any) -> None:
    """Raise unless a network can compute in this dtype."""
    try:
        found = jnp.dtype(dtype)
    except TypeError:
        found = None
    if found == jnp.float16:
        raise ValueError(
            "dtype: expected one that needs no loss scaling, got float16 (did you mean bfloat16?)"
        )
    if found is not None and jax.dtypes.canonicalize_dtype(found) != found:
        raise ValueError(
            "dtype: expected at most 32 bits while jax_enable_x64 is off, got float64 "
            '(jax.config.update("jax_enable_x64", True) allows it)'
        )
    if found is None or not jnp.issubdtype(found, jnp.floating):
        raise TypeError(f"dtype: expected a floating-point one such as 'bfloat16', got {dtype!r}")


def check_swa(swa_start: Any, epochs: int, ema_decay: Any, early_stopping: Any) -> None:
    """Raise unless stochastic weight averaging can begin at this epoch, beside these options."""
    check_int("swa_start", swa_start)
    if swa_start > epochs:
        raise ValueError(
            f"swa_start: expected at most the number of epochs, {epochs}, got {swa_start}"
        )
    for name, value in (("ema_decay", ema_decay), ("early_stopping", early_stopping)):
        if value is not None:
            raise ValueError(
                f"{name}: expected None with swa_start, which says itself which weights are "
                f"returned, got {value!r}"
            )


def plain_freeze(freeze: Any) -> str | tuple[str, ...] | None:
    """Return "backbone", or a tuple of patterns; None for no pattern.

    Raises:
        TypeError: If it is neither.
    """
    if freeze is None or freeze == "backbone":
        return freeze
    patterns = (freeze,) if isinstance(freeze, str) else freeze
    if not isinstance(patterns, Sequence) or not all(isinstance(each, str) for each in patterns):
        raise TypeError(
            "freeze: expected 'backbone', or patterns of parameters such as ('layers.0.*',), got "
            f"{freeze!r:.80}"
        )
    return tuple(patterns) or None


def check_functions(on_epoch: Any, on_step: Any, trace: Any, held_out: Any) -> None:
    """Raise TypeError unless these arguments of `fit` have the right types."""
    if on_epoch is not None:
        check_function("on_epoch", on_epoch, "state", "logs")
    if on_step is not None:
        check_function("on_step", on_step, "step")
    if trace is not None and not isinstance(trace, str | os.PathLike):
        raise TypeError(f"trace: expected a folder, got {trace!r:.80}")
    if not isinstance(held_out, str):
        raise TypeError(f"held_out: expected a word such as 'test', got {held_out!r:.80}")
