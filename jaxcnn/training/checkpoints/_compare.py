"""Compare the arrays of two states of a training, and describe differences in words."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from jaxcnn._support.leaves import is_key

GROUPS = {
    "params": "parameters",
    "batch_stats": "statistics",
    "opt_state": "optimizer",
    "step": "step",
    "key": "key",
    "ema": "moving average",
}
"""The fields of a `TrainState`, in words."""

MAX_NAMED = 3
"""Arrays of a group that are named."""


def differing_groups(saved: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """Compare the arrays of two states bit by bit.

    Args:
        saved: The arrays of a state, by names such as ``params.layers.0.kernel``.
        now: The arrays of another state, by the same names.

    Returns:
        How the arrays of each group differ, in words, for the groups that differ.

    Example:
        >>> differing_groups({"params.bias": np.zeros(3)}, {"params.bias": np.array([0, 0, 0.5])})
        {'parameters': 'bias: 1 of 3 values differs, largest difference 0.5'}
    """
    found: dict[str, list[str]] = {}
    for name, array in saved.items():
        difference = _difference(array, now[name])
        if difference:
            group, _, rest = name.partition(".")
            words = f"{rest}: {difference}" if rest else difference
            found.setdefault(GROUPS.get(group, group), []).append(words)
    return {group: _listed(lines) for group, lines in found.items()}


def _listed(lines: list[str]) -> str:
    more = len(lines) - MAX_NAMED
    return "; ".join(lines[:MAX_NAMED]) + f"; and {more} more arrays" * (more > 0)


def _difference(saved: Any, now: Any) -> str | None:
    before, after = _on_host(saved), _on_host(now)
    if (before.dtype, before.shape) != (after.dtype, after.shape):
        return f"{before.dtype} {before.shape} before, {after.dtype} {after.shape} now"
    differs = _bits(before) != _bits(after)
    count = int(differs.any(axis=-1).sum())
    if not count:
        return None
    words = f"{count} of {before.size} values {'differs' if count == 1 else 'differ'}"
    if before.dtype == bool:
        return words
    with np.errstate(invalid="ignore"):
        largest = np.abs(before.astype(float) - after.astype(float)).max()
    return f"{words}, largest difference {largest:.3g}"


def _on_host(leaf: Any) -> np.ndarray:
    return np.asarray(jax.random.key_data(leaf) if is_key(leaf) else leaf)


def _bits(array: np.ndarray) -> np.ndarray:
    """Return the bytes of each value, so that NaN equals itself and 0 does not equal -0."""
    return np.frombuffer(array.tobytes(), np.uint8).reshape(array.size, -1)
