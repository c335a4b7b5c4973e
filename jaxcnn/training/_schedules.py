"""Learning rates along half waves of the cosine."""

import itertools

import optax
from jax import Array


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
