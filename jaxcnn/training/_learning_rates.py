"""Learning rate schedules, and learning rates per layer."""

import itertools
import math
from collections.abc import Mapping
from typing import Any

import optax
from jax import Array

from jaxcnn._support.arguments import check_int
from jaxcnn._support.leaves import check_patterns, map_named, matches


def one_cycle(peak: float | Array, steps: int, *, warmup: float = 0.2) -> optax.Schedule:
    """Make a one-cycle schedule: a linear rise to the peak, then a linear fall to zero.

    Use it for SGD with momentum and a large peak, such as 0.1. `fit` uses this schedule by default.

    Args:
        peak: The highest learning rate.
        steps: Number of steps in the run.
        warmup: Share of the steps in which the rate rises, from a tenth of the peak.

    Returns:
        A function that maps the step, counted from 0, to the learning rate.

    Source: Smith and Topin 2017, *Super-Convergence: Very Fast Training of Neural Networks Using
    Large Learning Rates*.
    """
    top = max(1, round(warmup * steps))
    climb = optax.linear_schedule(peak / 10, peak, top)
    fall = optax.linear_schedule(peak, 0.0, max(1, steps - top))
    return optax.join_schedules([climb, fall], [top])


def warmup_cosine(peak: float | Array, steps: int, *, warmup: float = 0.05) -> optax.Schedule:
    """Make a cosine schedule with warm-up: a linear rise to the peak, then a cosine fall to zero.

    It is the usual schedule for Adam.

    Args:
        peak: The highest learning rate.
        steps: Number of steps in the run.
        warmup: Share of the steps in which the rate rises, from a tenth of the peak.

    Returns:
        A function that maps the step, counted from 0, to the learning rate.
    """
    top = min(round(warmup * steps), steps - 1)
    return _scaled(peak, optax.warmup_cosine_decay_schedule(0.1, 1.0, top, steps))


def cosine_restarts(
    peak: float | Array, steps: int, *, cycles: int = 3, growth: float = 1.0
) -> optax.Schedule:
    """Make a cosine schedule with warm restarts: several falls from the peak to zero.

    Args:
        peak: The highest learning rate, at which each cycle starts.
        steps: Number of steps in the run.
        cycles: Number of cycles.
        growth: Length of each cycle, divided by the length of the cycle before; ``T_mult`` in the
            paper.

    Returns:
        A function that maps the step, counted from 0, to the learning rate.

    Raises:
        ValueError: If `cycles` is below 1, or a cycle would have no step.

    Source: Loshchilov and Hutter 2017, *SGDR: Stochastic Gradient Descent with Warm Restarts*.
    """
    check_int("cycles", cycles)
    ends = list(itertools.accumulate(growth**cycle for cycle in range(cycles)))
    bounds = [0, *(round(steps * end / ends[-1]) for end in ends)]
    lengths = [high - low for low, high in itertools.pairwise(bounds)]
    if min(lengths) < 1:
        raise ValueError(
            f"cycles: expected at least one step in each, got {cycles} cycles with a growth of "
            f"{growth:g} in {steps} steps"
        )
    shape = optax.sgdr_schedule(
        {"init_value": 1.0, "peak_value": 1.0, "warmup_steps": 0, "decay_steps": length}
        for length in lengths
    )
    return _scaled(peak, shape)


def time_decay(initial: float, decay: float) -> optax.Schedule:
    """Make an inverse time decay schedule: ``initial / (1 + decay * step)``.

    Args:
        initial: The learning rate of the first step.
        decay: The decay per step.

    Returns:
        A function that maps the step, counted from 0, to the learning rate.
    """
    return lambda step: initial / (1 + decay * step)


def _scaled(peak: float | Array, shape: optax.Schedule) -> optax.Schedule:
    """Scale a schedule by its peak, because Optax's schedules take no traced array as the peak."""
    return lambda step: peak * shape(step)


def scale_by_path(
    tx: optax.GradientTransformation, rates: Mapping[str, float]
) -> optax.GradientTransformationExtraArgs:
    """Set a learning rate factor per parameter by name patterns, or freeze parameters.

    Use it for fine-tuning: to train the head alone, or the backbone at a smaller rate.

    Each update that `tx` computes is multiplied by the factor of its parameter. With SGD or Adam,
    this multiplies the learning rate. `tx` does not get frozen parameters. Frozen parameters have
    no momentum and no weight decay, need no memory in the optimizer, and do not count in the norm
    for gradient clipping. (The running statistics of batch norm are not parameters, and are still
    updated.) In an `optax.chain`, put a transformation of the final update, such as `max_norm`,
    after this transformation.

    Args:
        tx: An Optax transformation.
        rates: A factor for each glob pattern of parameter names; 0 freezes. The parameter names are
            the names of a saved run's weights without ``params.``, such as ``layers.0.kernel``. In
            a pattern, ``*`` matches any characters, including dots. If several patterns match a
            name, the last one counts: ``{"*": 0, "layers.6.*": 1}`` trains layer 6 alone. If no
            pattern matches a name, its factor is 1.

    Returns:
        An Optax transformation.

    Raises:
        ValueError: If a factor is negative or not finite. Also if a pattern matches no parameter;
            `init` raises this error.

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
            raise ValueError(
                f"rates: expected finite factors of at least 0, got {rate} for {pattern!r}"
            )

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
