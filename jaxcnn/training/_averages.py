"""Averages of the weights over a training: exponential (EMA), and over epochs (SWA)."""

import dataclasses

import jax
import jax.numpy as jnp
from jax import Array

from jaxcnn.inference import Variables
from jaxcnn.training._freezing import NOTHING, Held
from jaxcnn.training._state import TrainState


def moving_average(
    average: Variables, variables: Variables, step: Array, decay: float
) -> Variables:
    r"""Update an exponential moving average of the variables.

    The formula is :math:`a \leftarrow d\,a + (1 - d)\,w` with the decay
    :math:`d = \min(decay, (1 + t) / (10 + t))` at update :math:`t`. Because the decay starts small,
    the average forgets the first weights quickly.

    Args:
        average: The average before the update.
        variables: Parameters and running statistics. Arrays that are not floating point are copied
            instead of averaged.
        step: Number of updates before this one.
        decay: Share of the average that is kept, in [0, 1).

    Source: Polyak and Juditsky 1992, *Acceleration of Stochastic Approximation by Averaging*; the
    warm-up is that of TensorFlow's ``ExponentialMovingAverage``.
    """
    share_kept = jnp.minimum(decay, (1 + step) / (10 + step))

    def move(old: Array, new: Array) -> Array:
        if not jnp.issubdtype(new.dtype, jnp.floating):
            return new
        return (share_kept * old + (1 - share_kept) * new).astype(new.dtype)

    return jax.tree.map(move, average, variables)


def average_epochs(
    state: TrainState, first_epoch: int, steps: int, held: Held = NOTHING
) -> TrainState:
    """Update the mean of the weights after each epoch (SWA), if a step was an epoch's last.

    Args:
        state: The state after a step; its `ema` is the mean.
        first_epoch: Number of the first epoch that counts, from 1.
        steps: Number of steps per epoch.
        held: The arrays that stay, whose mean is what they are, to the bit.

    Source: Izmailov et al. 2018, *Averaging Weights Leads to Wider Optima and Better
    Generalization*.
    """
    count = state.step // steps - (first_epoch - 1)
    is_due = (state.step % steps == 0) & (count > 0)

    def move(old: Array, new: Array) -> Array:
        if not jnp.issubdtype(new.dtype, jnp.floating):
            return new
        return (old + (new - old) / jnp.maximum(count, 1)).astype(new.dtype)

    def average(mean: Variables) -> Variables:
        moved = jax.tree.map(move, held.moving(mean), held.moving(state.variables))
        return held.resting(moved, mean)

    mean = jax.lax.cond(is_due, average, lambda mean: mean, state.ema)
    return dataclasses.replace(state, ema=mean)
