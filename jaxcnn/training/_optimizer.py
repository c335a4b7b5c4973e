"""The default optimizer, schedules of its learning rate, and the constraint that Optax lacks."""

import itertools
import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jax import Array

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


def one_cycle(peak: float | Array, steps: int, *, warmup: float = 0.2) -> optax.Schedule:
    """A learning rate that climbs in a straight line to its peak and falls in one to zero.

    Args:
        peak: the highest rate.
        steps: number of steps in the run.
        warmup: share of them that climb.
    """
    top = max(1, round(warmup * steps))
    climb = optax.linear_schedule(peak / 10, peak, top)
    fall = optax.linear_schedule(peak, 0.0, max(1, steps - top))
    return optax.join_schedules([climb, fall], [top])


def one_cycle_sgd(steps: int, rate: Array | float) -> optax.GradientTransformation:
    """SGD with Nesterov momentum 0.9, weight decay 5e-4, and one cycle of the rate up to `rate`."""
    return sgd(one_cycle(rate, steps), weight_decay=5e-4)


def default_optimizer(steps: int) -> optax.GradientTransformation:
    """SGD with Nesterov momentum 0.9, weight decay 5e-4, and one cycle of the rate up to 0.1."""
    return one_cycle_sgd(steps, 0.1)


def time_decay(initial: float, decay: float) -> optax.Schedule:
    """``initial / (1 + decay * step)``, Keras's classic schedule."""
    return lambda step: initial / (1 + decay * step)


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


def warmup_cosine(peak: float | Array, steps: int, *, warmup: float = 0.05) -> optax.Schedule:
    """A learning rate that climbs in a straight line to its peak and falls in a cosine to zero.

    Args:
        peak: the highest rate.
        steps: number of steps in the run.
        warmup: share of them that climb, from a tenth of the peak.
    """
    top = min(round(warmup * steps), steps - 1)
    return _scaled(peak, optax.warmup_cosine_decay_schedule(0.1, 1.0, top, steps))


def cosine_restarts(
    peak: float | Array, steps: int, *, cycles: int = 3, growth: float = 1.0
) -> optax.Schedule:
    """A learning rate that falls in a cosine to zero several times, each time from its peak.

    Source: Loshchilov and Hutter 2017, *SGDR: Stochastic Gradient Descent with Warm Restarts*.

    Args:
        peak: the highest rate.
        steps: number of steps in the run.
        cycles: how often the rate falls.
        growth: how much longer each cycle is than the one before; the source's ``T_mult``.

    Raises:
        ValueError: if a cycle would have no step.
    """
    if cycles < 1:
        raise ValueError(f"cycles: expected at least 1, got {cycles}")
    ends = list(itertools.accumulate(growth**cycle for cycle in range(cycles)))
    bounds = [0, *(round(steps * end / ends[-1]) for end in ends)]
    lengths = [high - low for low, high in itertools.pairwise(bounds)]
    if min(lengths) < 1:
        raise ValueError(
            f"cycles: expected a step in each, got {cycles} cycles, growth {growth:g}, "
            f"in {steps} steps"
        )
    shape = optax.sgdr_schedule(
        {"init_value": 1.0, "peak_value": 1.0, "warmup_steps": 0, "decay_steps": length}
        for length in lengths
    )
    return _scaled(peak, shape)


def _scaled(peak: float | Array, shape: optax.Schedule) -> optax.Schedule:
    """A schedule times its peak, which Optax's own cannot take as a traced array."""
    return lambda step: peak * shape(step)
