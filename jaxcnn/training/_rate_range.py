"""The learning-rate range test: which rates train, which are too low, and which diverge."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import numpy as np
import optax
from flax import nnx
from jax import Array

from jaxcnn._support.arguments import check_int
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table
from jaxcnn.data import Dataset
from jaxcnn.layers import Layer
from jaxcnn.training._ensemble_members import (
    EXCLUDED,
    REFUSED,
    Member,
    MemberGroups,
    Mode,
    OptimizerFactory,
    set_up_ensemble,
)
from jaxcnn.training._optimizers import sgd
from jaxcnn.training._plan import Plan
from jaxcnn.training._terminal import Progress

SHARE_THAT_COUNTS = 5
"""Losses are means over the last one of so many parts of the steps."""

FAR_ENOUGH = 0.9
"""A rate still trains well if its loss falls by so much of what the best one's does."""


@dataclasses.dataclass(frozen=True)
class RateRange(TableResult):
    """What came of each learning rate; `str()` is a table of it.

    Attributes:
        learning_rates: from low to high.
        losses: for each rate the mean training loss over the last fifth of the steps; inf where
            a loss or a weight was not finite any more.
        initial_loss: the training loss of the first step, before any update; NaN where even the
            first update of all members was not finite.
        steps: how many each rate was given.
    """

    learning_rates: tuple[float, ...]
    losses: tuple[float, ...]
    initial_loss: float
    steps: int

    _derived = ("best", "suggestion")

    @property
    def best(self) -> float | None:
        """The rate of the lowest loss; None where none is below the initial one."""
        lowest = min(self.losses)
        return self.learning_rates[self.losses.index(lowest)] if self._fell else None

    @property
    def suggestion(self) -> float | None:
        """A rate to go up to, as the peak of `one_cycle`; None where no rate trained.

        Half the largest rate whose loss fell at least nine tenths as far as the best one's. The
        best rate for a whole run is usually within a factor of two of the largest that converges
        (Bengio 2012, *Practical Recommendations for Gradient-Based Training of Deep
        Architectures*), and the test shows which that is (Smith 2017, *Cyclical Learning Rates
        for Training Neural Networks*, section 3.3).
        """
        if not self._fell:
            return None
        enough = self.initial_loss + FAR_ENOUGH * (min(self.losses) - self.initial_loss)
        pairs = zip(self.learning_rates, self.losses, strict=True)
        return max(rate for rate, loss in pairs if loss <= enough) / 2

    @property
    def _fell(self) -> bool:
        return min(self.losses) < self.initial_loss

    _between = "\n"

    def _head(self) -> str:
        return (
            f"loss after {self.steps} steps at each learning rate; at the start it is "
            f"{self.initial_loss:.4f}"
        )

    def _verdict(self) -> str:
        if self.suggestion is None:
            return "no rate made the loss fall"
        highest = 2 * self.suggestion == self.learning_rates[-1]
        more = " or more: even the highest rate trains" * highest
        return f"suggested peak of one cycle: {self.suggestion:.3g}{more}"

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for rate, loss in zip(self.learning_rates, self.losses, strict=True):
            diverged = not math.isfinite(loss)
            yield {"learning_rate": rate, "loss": loss, "diverged": diverged}

    def _blocks(self) -> Iterable[Block]:
        lines = [
            (f"{rate:.3g}", self._shown(loss), "lowest" if rate == self.best else "")
            for rate, loss in zip(self.learning_rates, self.losses, strict=True)
        ]
        table = Table([("learning rate", "loss", ""), *lines], words=0)
        return [self._head(), table, self._verdict()]

    @staticmethod
    def _shown(loss: float) -> str:
        return f"{loss:.4f}" if math.isfinite(loss) else "diverged"


def constant_sgd(steps: int, rate: Array | float) -> optax.GradientTransformation:
    """SGD with Nesterov momentum 0.9, weight decay 5e-4, and the same rate in all steps."""
    del steps
    return sgd(rate, weight_decay=5e-4)


def learning_rate_range(
    model: Layer | nnx.Module,
    train: Dataset,
    *,
    low: float = 1e-4,
    high: float = 10.0,
    rates: int = 16,
    steps: int = 100,
    tx: OptimizerFactory = constant_sgd,
    seed: int = 0,
    devices: int | None = None,
    mode: Mode = "auto",
    plan: Plan | None = None,
    progress: bool = True,
    **options: Any,
) -> RateRange:
    """Train some steps at each of many learning rates, and see how far the loss falls.

    Smith (2017) lets the rate of one run grow; here each rate has a run of its own, from the same
    weights and through the same batches, so that none inherits what another one spoilt. They are
    the members of an ensemble: one compiled program trains them all. Nothing is changed or
    written: `model` is as before.

    Args:
        model: An architecture, or an `nnx.Module`.
        train: The images to learn from, in memory.
        low: The lowest rate.
        high: The highest one.
        rates: How many there are, each the same factor above the one before.
        steps: How many each is given; it may be more than an epoch.
        tx: ``tx(steps, rate)``, an optimizer with a constant rate.
        seed: Of the initial weights, the order of examples, augmentation and dropout, the same
            for all rates.
        devices: How many share the rates; None: all.
        mode: "together", "in turn" or "auto"; see `fit_ensemble`.
        plan: Options made and checked beforehand; its `seed`, `devices`, `epochs` and `ema_decay`
            are not used, and it must have no `tx`, `early_stopping`, `init_from` or `log_norms`.
        progress: Print a line on how the rates are computed.
        **options: Options of `fit`, by name: `batch_size`, `loss`, `label_smoothing`,
            `augmentation`, `normalization`, `accumulate_steps`, `dtype`.

    Returns:
        The losses, and what follows from them.

    Raises:
        TypeError: if an argument is of the wrong type.
        ValueError: if an argument is out of range, or the model and the data do not fit.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> train = jaxcnn.data.digits().train
        >>> found = learning_rate_range(net, train, rates=3, steps=20, progress=False)
        >>> found.best
        0.03162277660168379
    """
    _check(low, high, rates, steps)
    excluded = (*EXCLUDED, "epochs", "ema_decay")
    plan = Plan.of(plan, options, excluded=excluded, refused=REFUSED).having(epochs=1)
    setup = set_up_ensemble(
        model,
        train,
        plan,
        seeds=(seed,),
        learning_rates=tuple(np.geomspace(low, high, rates).tolist()),
        tx=lambda _, rate: tx(steps, rate),
        devices=devices,
        mode=mode,
    )
    groups, steps_per_epoch = setup.groups, setup.shared.steps
    tail = max(1, steps // SHARE_THAT_COUNTS)
    with Progress(1, steps, plan.batch_size, progress) as bar:
        bar.message(f"{setup.how}, {steps} steps each")
        _run(groups, range(1), steps_per_epoch)
        first = groups.read()
        _run(groups, range(1, steps - tail), steps_per_epoch)
        groups.read()
        _run(groups, range(steps - tail, steps), steps_per_epoch)
        last = groups.read()
    return RateRange(
        learning_rates=setup.learning_rates,
        losses=tuple(math.inf if m.stopped_at >= 0 else _mean_loss(m) for m in last),
        initial_loss=next((_mean_loss(m) for m in first if m.stopped_at < 0), math.nan),
        steps=steps,
    )


def _check(low: float, high: float, rates: int, steps: int) -> None:
    check_int("rates", rates, minimum=2)
    check_int("steps", steps, minimum=2)
    if not 0 < low < high < math.inf:
        raise ValueError(f"low, high: expected 0 < low < high, both finite, got {low} and {high}")


def _run(groups: MemberGroups, steps: Iterable[int], steps_per_epoch: int) -> None:
    """Take the run's steps of these numbers, in whichever epochs they lie."""
    for epoch, numbers in groupby(steps, lambda step: step // steps_per_epoch):
        groups.run(epoch, [step % steps_per_epoch for step in numbers])


def _mean_loss(member: Member) -> float:
    return float(member.sums.loss / member.sums.examples)
