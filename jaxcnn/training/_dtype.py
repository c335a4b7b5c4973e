"""The dtype in which a network computes during training."""

from typing import Any

import jax
import jax.numpy as jnp


def check_dtype(dtype: Any) -> None:
    """Raise unless a network can compute in this dtype during training."""
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
