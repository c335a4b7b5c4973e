"""Muon for networks with convolutions."""

from collections.abc import Sequence
from typing import Any

import optax
from jax import Array
from optax.contrib import MuonDimensionNumbers

from jaxcnn._support.leaves import check_patterns, map_named, matches


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
