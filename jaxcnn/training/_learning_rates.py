"""Learning rates: schedules over the steps of a run, and factors of single layers."""

import itertools
import math
from collections.abc import Mapping
from typing import Any

import optax
from jax import Array

from jaxcnn._support.leaves import check_patterns, map_named, matches


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


def time_decay(initial: float, decay: float) -> optax.Schedule:
    """``initial / (1 + decay * step)``, Keras's classic schedule."""
    return lambda step: initial / (1 + decay * step)


def _scaled(peak: float | Array, shape: optax.Schedule) -> optax.Schedule:
    """A schedule times its peak, which Optax's own cannot take as a traced array."""
    return lambda step: peak * shape(step)


def scale_by_path(
    tx: optax.GradientTransformation, rates: Mapping[str, float]
) -> optax.GradientTransformationExtraArgs:
    """Scale the updates of some parameters, and freeze others.

    What is frozen has no gradient clipped, no momentum, no weight decay and no memory in the
    optimizer: `tx` does not see it. (A batch norm's running statistics are no parameters; they go
    on.) All else is what `tx` makes of it, times its factor: with SGD or Adam, a factor on the
    learning rate. What must see the final update, such as `max_norm`, goes into a chain behind.

    Args:
        tx: an Optax transformation.
        rates: a factor for each glob pattern of parameter names, which are those of a saved
            run's weights without ``params.``, such as ``layers.0.kernel``; 0 freezes. ``*``
            matches anything, dots too. Where several patterns match a name, the last one counts:
            ``{"*": 0, "layers.6.*": 1}`` trains layer 6 alone. What none matches has factor 1.

    Returns:
        An Optax transformation.

    Raises:
        ValueError: if a factor is negative or not finite; from `init`, if a pattern matches no
            parameter.

    Example:
        >>> import jax.numpy as jnp
        >>> params = {"first": jnp.ones(2), "last": jnp.ones(2)}
        >>> tx = scale_by_path(optax.sgd(0.5), {"first": 0, "last": 0.1})
        >>> updates, _ = tx.update(params, tx.init(params), params)
        >>> updates["first"].tolist(), updates["last"].round(3).tolist()
        ([0.0, 0.0], [-0.05000000074505806, -0.05000000074505806])
    """
    for pattern, rate in rates.items():
        if not 0 <= rate < math.inf:
            raise ValueError(f"rates: {pattern!r}: expected a factor of 0 or more, got {rate}")

    def factor(name: str) -> float:
        found = matches(name, rates)
        return rates[found[-1]] if found else 1.0

    def scale(updates: optax.Updates, params: optax.Params | None) -> optax.Updates:
        del params
        return map_named(lambda name, update: factor(name) * update, updates)

    def labels(params: Any) -> Any:
        check_patterns("rates", rates, params)
        return map_named(lambda name, _: "trained" if factor(name) else "frozen", params)

    return optax.partition(
        {"trained": optax.chain(tx, optax.stateless(scale)), "frozen": optax.set_to_zero()}, labels
    )
