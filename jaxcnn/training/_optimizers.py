"""Optimizers built on Optax: SGD, Lookahead and Muon; also the max-norm constraint."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array
from optax.contrib import MuonDimensionNumbers

from jaxcnn._support.arguments import check_int
from jaxcnn._support.leaves import check_patterns, map_named, matches
from jaxcnn.training._learning_rates import one_cycle

_Made = optax.GradientTransformation | optax.MultiSteps
Optimizer = _Made | Callable[[int], _Made]
"""An Optax transformation, or a function that takes the number of steps in a run and returns one.

To lower the learning rate when the loss stops falling, use Optax's `reduce_on_plateau`, to which
the training step passes its loss: ``optax.chain(sgd(0.1), optax.contrib.reduce_on_plateau(
factor=0.3, patience=3, accumulation_size=steps_per_epoch))`` has a patience of three epochs.
"""


def sgd(
    learning_rate: optax.ScalarOrSchedule,
    *,
    momentum: float = 0.9,
    nesterov: bool = True,
    weight_decay: float = 0.0,
    clip_norm: float | None = None,
) -> optax.GradientTransformation:
    """Make an SGD optimizer with momentum, weight decay and gradient clipping.

    It chains `optax.clip_by_global_norm`, `optax.add_decayed_weights` and `optax.sgd`.

    Args:
        learning_rate: A number, or a schedule: a function of the step.
        momentum: Share of the previous update that is kept, in [0, 1); 0 for no momentum.
        nesterov: Whether to use Nesterov momentum.
        weight_decay: L2 penalty, added to the gradient: ``gradient + weight_decay * param``. Only
            arrays with two or more axes decay: kernels, but not biases and scales.
        clip_norm: Largest global norm of the gradients. Larger gradients are scaled down to this
            norm. None means no clipping.

    Returns:
        An Optax transformation. Its state exposes the learning rate, which `fit` logs.
    """

    def transform(learning_rate):
        return optax.chain(
            optax.identity() if clip_norm is None else optax.clip_by_global_norm(clip_norm),
            optax.add_decayed_weights(weight_decay, mask=_kernels),
            optax.sgd(learning_rate, momentum=momentum or None, nesterov=nesterov),
        )

    return optax.inject_hyperparams(transform)(learning_rate=learning_rate)


def one_cycle_sgd(steps: int, rate: Array | float) -> optax.GradientTransformation:
    """Make SGD with Nesterov momentum 0.9, weight decay 5e-4 and a one-cycle learning rate.

    It is the default optimizer of `fit_ensemble` for tasks with classes.

    Args:
        steps: Number of steps in the run.
        rate: The peak of the cycle.

    Returns:
        An Optax transformation.
    """
    return sgd(one_cycle(rate, steps), weight_decay=5e-4)


def one_cycle_adam(steps: int, rate: Array | float) -> optax.GradientTransformation:
    """Make Adam with a one-cycle learning rate.

    It is the default optimizer of `fit_ensemble` for regressions.

    Args:
        steps: Number of steps in the run.
        rate: The peak of the cycle.

    Returns:
        An Optax transformation.
    """
    return optax.inject_hyperparams(optax.adam)(learning_rate=one_cycle(rate, steps))


CLASSES_RATE, REGRESSION_RATE = 0.1, 0.01
"""Peaks of the learning rates of the default optimizers."""


def default_optimizer(steps: int, *, has_classes: bool = True) -> optax.GradientTransformation:
    """Make the default optimizer of `fit`.

    For classes it is SGD with Nesterov momentum 0.9, weight decay 5e-4, and a one-cycle learning
    rate with a peak of 0.1. For a regression it is Adam with a one-cycle peak of 0.01: the gradient
    of a squared error grows with the error, so SGD would diverge at the rates for classes.

    Args:
        steps: Number of steps in the run.
        has_classes: Whether the task has classes; False for a regression.

    Returns:
        An Optax transformation.
    """
    if has_classes:
        return one_cycle_sgd(steps, CLASSES_RATE)
    return one_cycle_adam(steps, REGRESSION_RATE)


def max_norm(limit: float) -> optax.GradientTransformation:
    """Constrain the norm of each unit's incoming weights after each update (max-norm).

    It regularizes networks with dropout and large learning rates. Weights with a larger norm are
    scaled down to the norm `limit`. The norm is over all axes of a kernel except the last: over the
    inputs of a dense layer, and over the window and the input channels of a convolution. Biases and
    scales are not constrained. `max_norm` must be the last transformation in a chain.

    Args:
        limit: The largest norm allowed.

    Returns:
        An Optax transformation.

    Raises:
        ValueError: If `update` does not get the parameters.

    Source: Srivastava et al. 2014, *Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting*, section 5.1.
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
            raise ValueError("params: expected the parameters, got None (max_norm needs them)")
        return jax.tree.map(project, updates, params), state

    return optax.GradientTransformation(init, update)


def learning_rate(opt_state: optax.OptState) -> Array | None:
    """Return the learning rate of the last update, if the optimizer exposes one.

    `sgd` and `muon` expose it, and so does any optimizer under `optax.inject_hyperparams`. The rate
    includes the factor of `optax.contrib.reduce_on_plateau`, but no factors per layer.

    Returns:
        A scalar; None if the state has no learning rate, or several.
    """
    found = optax.tree.get_all_with_path(opt_state, "learning_rate")
    # Optax stores the state of a schedule under the same name as its value.
    rates = [value for _, value in found if isinstance(value, Array)]
    return rates[0] * _plateau_scale(opt_state) if len(rates) == 1 else None


def _plateau_scale(opt_state: optax.OptState) -> Array | float:
    def is_plateau(node: object) -> bool:
        return isinstance(node, optax.contrib.ReduceLROnPlateauState)

    states = filter(is_plateau, jax.tree.leaves(opt_state, is_leaf=is_plateau))
    return math.prod(state.scale for state in states)


def _kernels(params):
    """Make the mask of weight decay: True for arrays with two or more axes."""
    return jax.tree.map(lambda param: param.ndim > 1, params)


class LookaheadState(NamedTuple):
    """The state of `lookahead`: the inner optimizer's state, the slow weights, and the step."""

    fast: optax.OptState
    slow: optax.Params
    step: Array


def lookahead(
    tx: optax.GradientTransformation, *, sync_period: int = 6, slow_step_size: float = 0.5
) -> optax.GradientTransformationExtraArgs:
    """Wrap an optimizer in Lookahead: slow weights follow the optimizer's fast weights.

    After every `sync_period` updates, the slow weights move by `slow_step_size` of the way to the
    fast weights, and the fast weights continue from there.

    The result is the same as with `optax.lookahead`, which needs pairs of slow and fast
    weights. This function stores the slow weights in its state, and so works in any training loop.
    ``optax.tree.get(opt_state, "slow")`` returns the slow weights. After every `sync_period`
    updates, the slow weights equal the parameters.

    Args:
        tx: The optimizer of the fast weights.
        sync_period: Number of updates between two steps of the slow weights.
        slow_step_size: Share of the way that the slow weights move, in (0, 1].

    Returns:
        An Optax transformation. No transformation that changes the updates should follow it.

    Raises:
        ValueError: If `sync_period` is below 1, `slow_step_size` is not in (0, 1], or `update` does
            not get the parameters.

    Source: Zhang et al. 2019, *Lookahead Optimizer: k steps forward, 1 step back*.
    """
    check_int("sync_period", sync_period)
    if not 0 < slow_step_size <= 1:
        raise ValueError(f"slow_step_size: expected above 0 and at most 1, got {slow_step_size}")
    inner = optax.with_extra_args_support(tx)

    def init(params: optax.Params) -> LookaheadState:
        # A copy, because a step that overwrites its state must not get an array twice.
        slow = jax.tree.map(jnp.copy, params)
        return LookaheadState(inner.init(params), slow, jnp.zeros((), jnp.int32))

    def update(updates: Any, state: Any, params: Any = None, **extra_args: Any) -> Any:
        if params is None:
            raise ValueError("params: expected the parameters, got None (lookahead needs them)")
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
    """Make a Muon optimizer, which orthogonalizes the momentum of each kernel.

    It is `optax.contrib.muon`, extended to convolutions. Each kernel is treated as a matrix with
    one row per input of a unit and one column per unit: ``(in, out)`` for a dense layer,
    ``(h · w · in, out)`` for a convolution. Adam trains biases and scales.

    Args:
        learning_rate: A number, or a schedule: a function of the step.
        beta: Share of the momentum that is kept, in [0, 1).
        weight_decay: Each step subtracts ``learning_rate * weight_decay * kernel`` from each
            kernel. Arrays that Adam trains do not decay.
        adam: Glob patterns of the names of kernels that Adam trains instead of Muon, such as
            ``"layers.6.*"``. The paper trains the last layer with Adam.
        adam_learning_rate: Learning rate of Adam; None means `learning_rate`.

    Returns:
        An Optax transformation. Its state exposes the learning rate, which `fit` logs.

    Raises:
        ValueError: If a pattern of `adam` matches no parameter; `init` raises this error.

    Source: Jordan et al. 2024, *Muon: An optimizer for hidden layers in neural networks*.
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
