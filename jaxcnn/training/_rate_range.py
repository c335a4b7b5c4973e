"""The learning rate range test: find the rates that train well, and the rates that diverge."""

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
from jaxcnn.data import NOUNS, Dataset
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

LAST_PART = 5
"""The loss of a rate is the mean over the last ``1 / LAST_PART`` of its steps."""

SHARE_OF_BEST = 0.9
"""A rate trains well if its loss falls by at least this share of the fall at the best rate."""


@dataclasses.dataclass(frozen=True)
class RateRange(TableResult):
    """The losses reached with each learning rate; `str()` formats them as a table.

    Attributes:
        learning_rates: The rates in ascending order.
        losses: One loss per rate: the mean training loss over the last fifth of the steps, or inf
            if a loss or a weight was no longer finite.
        initial_loss: The training loss of the first step, before any update; NaN if the first
            update was not finite at any rate.
        steps: Number of steps per rate.
    """

    learning_rates: tuple[float, ...]
    losses: tuple[float, ...]
    initial_loss: float
    steps: int

    _derived = ("best", "suggestion")

    @property
    def best(self) -> float | None:
        """The rate with the lowest loss; None if no loss is below the initial loss."""
        lowest = min(self.losses)
        return self.learning_rates[self.losses.index(lowest)] if self._fell else None

    @property
    def suggestion(self) -> float | None:
        """A learning rate to train with, as the peak of `one_cycle`; None if no rate trained.

        The suggestion is half the largest rate that trains well. A rate trains well if its loss
        falls at least 0.9 times as far as the loss at the best rate. The best rate for a whole run
        is usually within a factor of two of the largest rate that converges (Bengio 2012,
        *Practical Recommendations for Gradient-Based Training of Deep Architectures*). The test
        finds this largest rate (Smith 2017, *Cyclical Learning Rates for Training Neural Networks*,
        section 3.3).
        """
        if not self._fell:
            return None
        limit = self.initial_loss + SHARE_OF_BEST * (min(self.losses) - self.initial_loss)
        pairs = zip(self.learning_rates, self.losses, strict=True)
        return max(rate for rate, loss in pairs if loss <= limit) / 2

    @property
    def _fell(self) -> bool:
        """True if the loss fell at any rate."""
        return min(self.losses) < self.initial_loss

    _between = "\n"

    def _head(self) -> str:
        return (
            f"loss after {self.steps} steps at each learning rate; the initial loss is "
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
    """Make SGD with Nesterov momentum 0.9, weight decay 5e-4 and a constant learning rate.

    It is the default optimizer of `learning_rate_range`.

    Args:
        steps: Number of steps in the run; ignored.
        rate: The learning rate.

    Returns:
        An Optax transformation.
    """
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
    """Run a learning rate range test, to find a rate that trains fast and does not diverge.

    There is one short run per rate. All runs start from the same weights and use the same batches.
    (Smith's test instead raises the rate during a single run, so that earlier rates affect the
    results of later ones.) The runs are the members of an ensemble: one compiled program trains
    them all. The function does not change its arguments, and writes no files.

    Args:
        model: An architecture, or an `nnx.Module`.
        train: The labeled training set, a `Dataset` in memory.
        low: The lowest rate.
        high: The highest rate.
        rates: Number of rates, evenly spaced on a logarithmic scale, at least 2.
        steps: Number of steps per rate, at least 2. The steps may take more than one epoch.
        tx: A function ``tx(steps, rate)`` that returns an optimizer with a constant rate.
        seed: Seed of the initial weights, the order of examples, the augmentation and the dropout.
            All rates use the same seed.
        devices: Number of this process's devices that share the rates. None means all devices, but
            no more than there are rates.
        mode: How the runs take a step. ``"together"``: all in one call under `jax.vmap`.
            ``"in turn"``: one after the other on each device. ``"auto"``: in turn on CPUs, and
            together elsewhere.
        plan: A `Plan` of options, made and checked beforehand. The plan's `seed`, `devices`,
            `epochs` and `ema_decay` are ignored. The plan must not have `tx`, `early_stopping`,
            `init_from` or `log_norms`. None means the defaults.
        progress: Whether to print a line that says how the runs are computed.
        **options: Options of `fit`, by name: `batch_size`, `loss`, `label_smoothing`,
            `augmentation`, `normalization`, `accumulate_steps`, `dtype`. They replace the options
            of the same name in `plan`.

    Returns:
        A `RateRange`, to print as a table. The table has the loss at each rate, the `best` rate,
        and a `suggestion`.

    Raises:
        TypeError: If an argument or option has the wrong type, or an option is unknown.
        ValueError: If an argument or option is out of range, or the model and the data do not fit
            together.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> train = jaxcnn.data.digits().train
        >>> found = learning_rate_range(net, train, rates=3, steps=20, progress=False)
        >>> found.best
        0.03162277660168379

    Source: Smith 2017, *Cyclical Learning Rates for Training Neural Networks*, section 3.3.
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
    tail = max(1, steps // LAST_PART)
    with Progress(1, steps, plan.batch_size, progress, noun=NOUNS[train.kind]) as bar:
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
    """Take the steps with the given numbers, counted from the start of the run across epochs."""
    for epoch, numbers in groupby(steps, lambda step: step // steps_per_epoch):
        groups.run(epoch, [step % steps_per_epoch for step in numbers])


def _mean_loss(member: Member) -> float:
    return float(member.sums.loss / member.sums.examples)
