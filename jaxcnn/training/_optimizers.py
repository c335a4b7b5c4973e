"""Optimizers besides Optax's: SGD, Lookahead, Muon; and the constraint that Optax lacks."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array
from optax.contrib import MuonDimensionNumbers

from jaxcnn._support.leaves import check_patterns, map_named, matches
from jaxcnn.training._learning_rates import one_cycle

Optimizer = optax.GradientTransformation | Callable[[int], optax.GradientTransformation]
"""An Optax transformation, or a function from the number of steps in a run to one.

A rate that falls when the loss stops falling is Optax's own, which reads the loss of each step:
``optax.chain(sgd(0.1), optax.contrib.reduce_on_plateau(factor=0.3, patience=3,
accumulation_size=steps_per_epoch))`` has three epochs of patience.
"""


def sgd(
    learning_rate: optax.ScalarOrSchedule,
    *,
    momentum: float = 0.9,
    nesterov: bool = True,
    weight_decay: float = 0.0,
    clip_norm: float | None = None,
) -> optax.GradientTransformation:
    """Stochastic gradient descent with momentum; `optax.sgd` with the usual companions.

    Args:
        learning_rate: a number, or a schedule: a function of the step.
        momentum: share of the last update that is kept; 0 for none.
        nesterov: look ahead along the momentum.
        weight_decay: L2 penalty, added to the gradient: ``gradient + weight_decay * param``.
            Only arrays of two or more axes decay: kernels, not biases or scales.
        clip_norm: scale gradients down to this global norm where theirs is larger.

    Returns:
        An Optax transformation, whose state shows the learning rate of each step.
    """

    def transform(learning_rate):
        return optax.chain(
            optax.identity() if clip_norm is None else optax.clip_by_global_norm(clip_norm),
            optax.add_decayed_weights(weight_decay, mask=_kernels),
            optax.sgd(learning_rate, momentum=momentum or None, nesterov=nesterov),
        )

    return optax.inject_hyperparams(transform)(learning_rate=learning_rate)


def one_cycle_sgd(steps: int, rate: Array | float) -> optax.GradientTransformation:
    """SGD with Nesterov momentum 0.9, weight decay 5e-4, and one cycle of the rate up to `rate`."""
    return sgd(one_cycle(rate, steps), weight_decay=5e-4)


def one_cycle_adam(steps: int, rate: Array | float) -> optax.GradientTransformation:
    """Adam with one cycle of the learning rate up to `rate`."""
    return optax.inject_hyperparams(optax.adam)(learning_rate=one_cycle(rate, steps))


CLASSES_RATE, REGRESSION_RATE = 0.1, 0.01
"""The highest learning rates of the default optimizers."""


def default_optimizer(steps: int, *, has_classes: bool = True) -> optax.GradientTransformation:
    """Return the optimizer of `fit` where none is given.

    For classes it is SGD with Nesterov momentum 0.9, weight decay 5e-4, and one cycle of the
    learning rate up to 0.1. For a regression it is Adam with one cycle up to 0.01: the gradient
    of a squared error grows with the error, so that SGD at a rate that suits classes diverges.

    Args:
        steps: Number of steps of the run.
        has_classes: Whether the task has classes; False for a regression.
    """
    if has_classes:
        return one_cycle_sgd(steps, CLASSES_RATE)
    return one_cycle_adam(steps, REGRESSION_RATE)


def max_norm(limit: float) -> optax.GradientTransformation:
    """Keep the incoming weights of each unit within a ball of radius `limit`, after each update.

    The norm is taken over all axes of a kernel but the last: over the input axis of a dense
    layer, over the window and the input channels of a convolution. Put it last in the chain.

    Source: Srivastava et al. 2014, *Dropout*, section 5.1.

    Args:
        limit: the largest norm allowed.
    """

    def project(update: Array, param: Array) -> Array:
        if param.ndim < 2:
            return update
        moved = param + update
        norm = jnp.linalg.norm(moved.reshape(-1, moved.shape[-1]), axis=0)
        return moved * (limit / jnp.maximum(norm, limit)) - param

    def init(params):
        del params
        return optax.EmptyState()

    def update(updates, state, params=None):
        if params is None:
            raise ValueError("max_norm needs the parameters: tx.update(updates, state, params)")
        return jax.tree.map(project, updates, params), state

    return optax.GradientTransformation(init, update)


def learning_rate(opt_state: optax.OptState) -> Array | None:
    """The rate of the last update, if the optimizer shows one.

    `sgd` does, and so does anything under `optax.inject_hyperparams`; an optimizer of several
    parts with a rate each shows none. Factors of single layers are not in it; that of
    `optax.contrib.reduce_on_plateau` is.
    """
    found = optax.tree.get_all_with_path(opt_state, "learning_rate")
    # Optax keeps the state of a schedule under the same name as its value.
    rates = [value for _, value in found if isinstance(value, Array)]
    return rates[0] * _plateau_scale(opt_state) if len(rates) == 1 else None


def _plateau_scale(opt_state: optax.OptState) -> Array | float:
    def is_plateau(node: object) -> bool:
        return isinstance(node, optax.contrib.ReduceLROnPlateauState)

    states = filter(is_plateau, jax.tree.leaves(opt_state, is_leaf=is_plateau))
    return math.prod(state.scale for state in states)


def _kernels(params):
    """Which arrays decay: those of two or more axes."""
    return jax.tree.map(lambda param: param.ndim > 1, params)


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


def muon(
    learning_rate: optax.ScalarOrSchedule,
    *,
    beta: float = 0.95,
    weight_decay: float = 0.0,
    adam: Sequence[str] = (),
    adam_learning_rate: optax.ScalarOrSchedule | None = None,
) -> optax.GradientTransformation:
    """Momentum whose matrices are made orthogonal; `optax.contrib.muon` with convolutions.

    A kernel is taken as a matrix from all that a unit sees to the units: ``(in, out)`` of a dense
    layer, ``(h · w · in, out)`` of a convolution. Biases and scales are Adam's.

    Source: Jordan et al. 2024, *Muon: An optimizer for hidden layers in neural networks*.

    Args:
        learning_rate: a number, or a schedule: a function of the step.
        beta: how much of the momentum is kept.
        weight_decay: share of a kernel, times the learning rate, that is taken off at each step;
            what Adam trains does not decay.
        adam: glob patterns of kernels that Adam trains, too, such as ``"layers.6.*"``; the source
            leaves it the last layer.
        adam_learning_rate: Adam's rate; None: `learning_rate`.

    Returns:
        An Optax transformation, whose state shows the learning rate of each step.

    Raises:
        ValueError: from `init`, if a pattern of `adam` matches no parameter.
    """

    def axes(name: str, param: Array) -> MuonDimensionNumbers | None:
        if param.ndim < 2 or matches(name, adam):
            return None
        return MuonDimensionNumbers(tuple(range(param.ndim - 1)), param.ndim - 1)

    def transform(learning_rate: Any) -> optax.GradientTransformation:
        return optax.contrib.muon(
            learning_rate,
            beta=beta,
            weight_decay=weight_decay,
            adam_learning_rate=adam_learning_rate,
            muon_weight_dimension_numbers=lambda params: map_named(axes, params),
        )

    tx = optax.inject_hyperparams(transform)(learning_rate=learning_rate)

    def init(params: optax.Params) -> optax.OptState:
        check_patterns("adam", adam, params)
        return tx.init(params)

    return optax.GradientTransformationExtraArgs(init, tx.update)
