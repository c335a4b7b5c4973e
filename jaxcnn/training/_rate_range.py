"""The learning rate range test: find the rates that train well, and the rates that diverge."""

import dataclasses
import math
import os
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import partial
from itertools import groupby
from typing import Any

import jax
import numpy as np
import optax
from flax import nnx
from jax import Array

from jaxcnn._support.arguments import check_int
from jaxcnn.data import NOUNS, Dataset, as_labeled_set, takes_one_set
from jaxcnn.distributed import is_first, together
from jaxcnn.layers import Layer
from jaxcnn.training._ensemble_checkpoints import ensemble_identity
from jaxcnn.training._ensemble_members import Member, MemberGroups
from jaxcnn.training._ensemble_setup import (
    EXCLUDED,
    REFUSED,
    EnsembleSetup,
    Mode,
    OptimizerFactory,
    set_up_ensemble,
)
from jaxcnn.training._optimizers import sgd
from jaxcnn.training._plan import Plan, batch_size_of
from jaxcnn.training._rate_range_result import RateRange
from jaxcnn.training._same_call import check_same_call
from jaxcnn.training._shared_stopping import stopping_for
from jaxcnn.training._stopping import Stopping
from jaxcnn.training._terminal import Interrupt, Progress, Terminated, catch_interrupt
from jaxcnn.training.checkpoints._resume_all import resume_all
from jaxcnn.training.checkpoints._saver import (
    STEPS_BETWEEN_LOOKS,
    Saver,
    check_settings,
    open_saver,
)
from jaxcnn.training.checkpoints._settings import Checkpoints, Resume

LAST_PART = 5
"""The loss of a rate is the mean over the last ``1 / LAST_PART`` of its steps."""


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


@takes_one_set
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
    checkpoints: str | os.PathLike[str] | Checkpoints | None = None,
    resume: Resume = "auto",
    **options: Any,
) -> RateRange:
    """Run a learning rate range test, to find a rate that trains fast and does not diverge.

    There is one short run per rate. All runs start from the same weights and use the same batches.
    (Smith's test instead raises the rate during a single run, so that earlier rates affect the
    results of later ones.) The runs are the members of an ensemble: one compiled program trains
    them all. The function does not change its arguments, and writes no files except checkpoints.
    After `jaxcnn.distributed.start`, all processes call it in the same way, and share the rates.

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
        devices: Number of each process's devices that share the rates. None means all devices, but
            no more than there are rates.
        mode: How the runs take a step. ``"together"``: all in one call under `jax.vmap`.
            ``"in turn"``: one after the other on each device. ``"auto"``: in turn on CPUs, and
            together elsewhere.
        plan: A `Plan` of options, made and checked beforehand. The plan's `seed`, `devices`,
            `epochs`, `ema_decay` and `metrics` are ignored. The plan must not have `tx`,
            `swa_start`, `early_stopping`, `init_from`, `log_norms`, `max_steps`, `max_seconds` or
            `shard`. None means the defaults.
        progress: Whether to print a line that says how the runs are computed.
        checkpoints: A folder in which to save the state of all runs, by default every minute, or
            `Checkpoints` with more settings. A test that was cut off goes on from there when the
            same call is made again, and ends with the same bits. Ctrl-C and SIGTERM then end it
            after a last checkpoint; for SIGTERM, with exit status 75.
        resume: Whether to go on from `checkpoints`: ``"auto"``, if there are any; ``"must"``:
            raise an error if there are none; ``"never"``: raise one if there are any.
        **options: Options of `fit`, by name: `batch_size`, `loss`, `label_smoothing`,
            `class_weights`, `sampler`, `augmentation`, `normalization`, `accumulate_steps`,
            `dtype`, `freeze`. They replace the options of the same name in `plan`.

    Returns:
        A `RateRange`, to print as a table. The table has the loss at each rate, the `best` rate,
        and a `suggestion`.

    Raises:
        CheckpointError: If the checkpoints are damaged, or those of another test.
        OSError: If a checkpoint cannot be saved.
        ProcessError: If another process raised an error.
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
    with together():  # an error in one process ends all of them
        _check(low, high, rates, steps)
        saving = check_settings(checkpoints, resume)
        excluded = (*EXCLUDED, "epochs", "ema_decay", "metrics")
        plan = Plan.of(
            plan, options, function=learning_rate_range, excluded=excluded, refused=REFUSED
        ).having(epochs=1)
        train = as_labeled_set("train", train)
        setup = set_up_ensemble(
            model,
            train,
            plan,
            seeds=(seed,),
            learning_rates=tuple(np.geomspace(low, high, rates).tolist()),
            tx=lambda _, rate: tx(steps, rate),
            devices=devices,
            mode=mode,
            everywhere=True,
        )
    groups, identity = setup.groups, {}
    if saving is not None or groups.mesh.is_multi_process:
        identity = ensemble_identity(setup, train, None) | {"steps": steps}
    check_same_call(identity)
    shown = Progress(
        1,
        steps,
        batch_size_of(setup.shared.plan),
        progress and is_first(),
        noun=NOUNS[train.kind],
    )
    with ExitStack() as stack:
        interrupt = stack.enter_context(_interrupt(saving))
        bar = stack.enter_context(shown)
        with together():
            saver = stack.enter_context(open_saver(saving, identity))
        bar.message(f"{setup.how}, {steps} steps each")
        position = _start(groups, steps, saver, resume, bar)
        stopping = stopping_for(groups.mesh, interrupt)
        initial_loss = _take_steps(setup, position, steps, saver, stopping, bar)
        last = groups.read()
    return RateRange(
        learning_rates=setup.learning_rates,
        losses=tuple(math.inf if m.stopped_at >= 0 else _mean_loss(m) for m in last),
        initial_loss=initial_loss,
        steps=steps,
    )


def _check(low: float, high: float, rates: int, steps: int) -> None:
    check_int("rates", rates, minimum=2)
    check_int("steps", steps, minimum=2)
    if not 0 < low < high < math.inf:
        raise ValueError(f"low, high: expected 0 < low < high, both finite, got {low} and {high}")


def _interrupt(saving: Checkpoints | None) -> AbstractContextManager[Interrupt]:
    """Without checkpoints, Ctrl-C ends the test at once, as it ends any function."""
    return nullcontext(Interrupt()) if saving is None else catch_interrupt(terminate=True)


@dataclasses.dataclass(frozen=True)
class _Position:
    """The number of steps taken, and the loss of the first one."""

    step: int
    initial_loss: float


def _start(
    groups: MemberGroups, steps: int, saver: Saver, resume: Resume, bar: Progress
) -> _Position:
    """Go on from the latest checkpoint, if there is one; return the position."""
    position, whole = _Position(0, math.nan), {"groups": groups.whole()}
    resumed = resume_all(saver, lambda _: whole, resume)
    if resumed is not None:
        groups.groups = groups.put(resumed.trees["groups"])
        position = _Position(**resumed.content["position"])
        bar.message(f"going on from the checkpoint after step {position.step}")
    if position.step < steps:
        with together():
            saver.check_space(whole)
    return position


def _take_steps(
    setup: EnsembleSetup,
    position: _Position,
    steps: int,
    saver: Saver,
    stopping: Stopping,
    bar: Progress,
) -> float:
    """Take all steps from a position on, saving from time to time; return the initial loss.

    Afterwards, the sums of the members are those of the last steps.
    """
    groups = setup.groups
    ends = (1, steps - max(1, steps // LAST_PART), steps)
    while position.step < steps:
        look = saver.next_look(position.step)
        if stopping.is_shared:
            look = min(look, position.step + STEPS_BETWEEN_LOOKS)
        after = min(look, *(end for end in ends if end > position.step))
        _run(groups, range(position.step, after), setup.shared.steps)
        position = dataclasses.replace(position, step=after)
        if after in ends[:2]:
            members = groups.read()  # which begins new sums
            if after == 1:
                losses = [_mean_loss(m) for m in members if m.stopped_at < 0]
                position = _Position(after, losses[0] if losses else math.nan)
        jax.block_until_ready(groups.groups)  # for the clock of the checkpoints
        stopping.agree_or_raise()
        ends_here = stopping.is_interrupted or after == steps
        if ends_here or stopping.decide(partial(saver.is_due, after)):
            content = {"epoch": 0, "position": dataclasses.asdict(position)}
            trees = {"groups": groups.whole()}
            stopping.saving(partial(saver.save, after, trees, content))
        if stopping.is_interrupted:
            _finish(saver, stopping)
            bar.end(stopping.interrupt, after, saver.folder)
            raise Terminated if stopping.interrupt.terminate else KeyboardInterrupt
    _finish(saver, stopping)
    return position.initial_loss


def _finish(saver: Saver, stopping: Stopping) -> None:
    """Wait until the last checkpoint is on disk, and raise what prevented it in all processes."""
    stopping.saving(saver.finish)
    stopping.agree_or_raise()


def _run(groups: MemberGroups, steps: Iterable[int], steps_per_epoch: int) -> None:
    """Take the steps with the given numbers, counted from the start of the run across epochs."""
    for epoch, numbers in groupby(steps, lambda step: step // steps_per_epoch):
        groups.run(epoch, [step % steps_per_epoch for step in numbers])


def _mean_loss(member: Member) -> float:
    return float(member.sums.loss / member.sums.examples)
