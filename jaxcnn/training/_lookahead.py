"""Lookahead in the shape of every other optimizer."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array


class LookaheadState(NamedTuple):
    """What `lookahead` remembers.

    Attributes:
        fast: the inner optimizer's state.
        slow: the slow weights.
        step: number of updates so far.
    """

    fast: optax.OptState
    slow: optax.Params
    step: Array


def lookahead(
    tx: optax.GradientTransformation, *, sync_period: int = 6, slow_step_size: float = 0.5
) -> optax.GradientTransformationExtraArgs:
    """Let an optimizer run ahead, and follow it part of the way.

    After each `sync_period` updates the slow weights move by `slow_step_size` of the way to the
    weights, which go on from there. `optax.lookahead` computes the same; but it wants the weights
    as a pair of slow and fast ones, where this keeps the slow ones in its state, and so fits any
    training loop. They are ``optax.tree.get(opt_state, "slow")``; the weights are the same after
    a whole number of periods.

    Source: Zhang et al. 2019, *Lookahead Optimizer: k steps forward, 1 step back*.

    Args:
        tx: the optimizer that runs ahead.
        sync_period: updates between two steps of the slow weights.
        slow_step_size: share of the way that the slow weights go.

    Returns:
        An Optax transformation. Nothing that changes the updates should come after it.

    Raises:
        ValueError: if `sync_period` is below 1 or `slow_step_size` is not in (0, 1]; from
            `update`, if it is not given the parameters.
    """
    if sync_period < 1:
        raise ValueError(f"sync_period: expected at least 1, got {sync_period}")
    if not 0 < slow_step_size <= 1:
        raise ValueError(f"slow_step_size: expected above 0 and at most 1, got {slow_step_size}")
    inner = optax.with_extra_args_support(tx)

    def init(params: optax.Params) -> LookaheadState:
        # A copy: a step that reuses the memory of its state must not be given it twice.
        slow = jax.tree.map(jnp.copy, params)
        return LookaheadState(inner.init(params), slow, jnp.zeros((), jnp.int32))

    def update(updates: Any, state: Any, params: Any = None, **extra_args: Any) -> Any:
        if params is None:
            raise ValueError("lookahead needs the parameters: tx.update(updates, state, params)")
        updates, fast = inner.update(updates, state.fast, params, **extra_args)
        meet = (state.step + 1) % sync_period == 0

        def follow(slow: Array, param: Array, update: Array) -> Array:
            return jnp.where(meet, slow + slow_step_size * (param + update - slow), slow)

        slow = jax.tree.map(follow, state.slow, params, updates)
        updates = jax.tree.map(
            lambda new, param, update: jnp.where(meet, new - param, update), slow, params, updates
        )
        return updates, LookaheadState(fast, slow, state.step + 1)

    return optax.GradientTransformationExtraArgs(init, update)
