"""`fit_ensemble`: train several networks of one architecture together."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from jaxcnn.data import NOUNS, Dataset, LabeledImages, takes_one_set
from jaxcnn.distributed import is_first, together
from jaxcnn.inference import Variables
from jaxcnn.layers import Layer
from jaxcnn.runs import History, Logs, Run
from jaxcnn.training._ensemble_checkpoints import EnsembleProgress, ensemble_identity
from jaxcnn.training._ensemble_members import Member
from jaxcnn.training._ensemble_result import Ensemble
from jaxcnn.training._ensemble_setup import (
    EXCLUDED,
    REFUSED,
    EnsembleSetup,
    Mode,
    OptimizerFactory,
    set_up_ensemble,
)
from jaxcnn.training._optimizers import (
    CLASSES_RATE,
    REGRESSION_RATE,
    learning_rate,
    one_cycle_adam,
    one_cycle_sgd,
)
from jaxcnn.training._plan import Plan, batch_size_of
from jaxcnn.training._same_call import check_same_call
from jaxcnn.training._sets import as_sets, check_sets
from jaxcnn.training._shared_stopping import stopping_for
from jaxcnn.training._terminal import Progress, catch_interrupt
from jaxcnn.training._validation_metrics import validation_logs
from jaxcnn.training.checkpoints._resume_all import resume_all
from jaxcnn.training.checkpoints._saver import check_settings, open_saver
from jaxcnn.training.checkpoints._settings import Checkpoints, Resume


@takes_one_set
def fit_ensemble(
    model: Layer | nnx.Module,
    train: Dataset,
    *,
    validation: LabeledImages | None = None,
    seeds: Sequence[int] = range(5),
    learning_rates: float | Sequence[float] | None = None,
    tx: OptimizerFactory | None = None,
    devices: int | None = None,
    mode: Mode = "auto",
    plan: Plan | None = None,
    progress: bool = True,
    checkpoints: str | os.PathLike[str] | Checkpoints | None = None,
    resume: Resume = "auto",
    **options: Any,
) -> Ensemble:
    """Train an ensemble: several networks that differ in their seeds or learning rates.

    Use it to average the predictions of several networks, to see how much results vary with the
    seed, or to compare learning rates.

    One compiled program trains all members. Apart from rounding, each member gets the same weights
    as from `fit` on one device with the member's seed and ``tx=lambda steps: tx(steps, rate)``.
    Each device trains some of the members, with whole batches. If the loss or a weight of a member
    is no longer finite, this member is frozen as it was before the update, and the others continue.

    Args:
        model: An architecture, or an `nnx.Module`. All members start with the weights of the
            module.
        train: The labeled training set, a `Dataset` in memory.
        validation: A labeled set on which each member is evaluated after each epoch; nothing is
            learned from it. None means no evaluation.
        seeds: One seed per member, or a single seed for all members. The seed decides the initial
            weights, the order of the examples, the augmentation and the dropout.
        learning_rates: One learning rate per member, or a single one for all members. None means
            0.1, or 0.01 for a regression.
        tx: A function ``tx(steps, rate)`` that takes the number of steps in the run and a member's
            learning rate, and returns an optimizer. It must work under `jax.vmap`, as Optax's
            optimizers do. None means `one_cycle_sgd`, or `one_cycle_adam` for a regression.
        devices: Number of each process's devices that share the members. None means all devices,
            but no more than there are members.
        mode: How members take a step. ``"together"``: all in one call under `jax.vmap`.
            ``"in turn"``: one after the other on each device. ``"auto"``: in turn on CPUs, where
            this was measured to be as fast or faster, and together elsewhere. `Ensemble.how` and
            the first line of the progress say which mode was used.
        plan: A `Plan` of options, made and checked beforehand. Its `seed` and `devices` are
            ignored. It must not have `tx`, `swa_start`, `early_stopping`, `init_from`, `log_norms`,
            `max_steps`, `max_seconds` or `shard`. None means the defaults.
        progress: Whether to print one line per epoch.
        checkpoints: A folder in which to save the state of all members while they are trained, or
            `Checkpoints` with more settings. If a training was cut off, make the same call again:
            training goes on from the last checkpoint, and ends with the same bits. With
            checkpoints, SIGTERM ends training after a last checkpoint, with exit status 75.
        resume: Whether to go on from `checkpoints`. ``"auto"`` goes on if the folder has
            checkpoints. ``"must"`` raises an error if the folder has none. ``"never"`` raises an
            error if the folder has checkpoints.
        **options: Options of `fit`, by name: `epochs`, `batch_size` (per member), `loss`,
            `label_smoothing`, `class_weights`, `sampler`, `augmentation`, `normalization`,
            `ema_decay`, `accumulate_steps`, `dtype`, `metrics`, `freeze`. They replace the options
            of the same name in `plan`.

    Returns:
        An `Ensemble`: the trained members with their histories. Ctrl-C ends training early and
        returns the members as they are then.

    Raises:
        CheckpointError: If the checkpoints are damaged, or belong to another ensemble.
        OSError: If a checkpoint cannot be saved.
        TypeError: If an argument or option has the wrong type, or an option is unknown.
        ValueError: If an argument or option is out of range, or the model and the data do not fit
            together.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> data = jaxcnn.data.digits()
        >>> ensemble = fit_ensemble(net, data.train, seeds=range(3), epochs=2, progress=False)
        >>> ensemble.evaluate(data.test).mean > 0.8
        True
    """
    with together():  # an error in one process ends all of them
        saving = check_settings(checkpoints, resume)
        plan = Plan.of(plan, options, function=fit_ensemble, excluded=EXCLUDED, refused=REFUSED)
        train, validation = as_sets(train, validation)
        check_sets(model, train, validation, plan)
        classes = train.task.has_classes
        if learning_rates is None:
            learning_rates = CLASSES_RATE if classes else REGRESSION_RATE
        started = time.perf_counter()
        setup = set_up_ensemble(
            model,
            train,
            plan,
            seeds=seeds,
            learning_rates=learning_rates,
            tx=tx or (one_cycle_sgd if classes else one_cycle_adam),
            devices=devices,
            mode=mode,
            everywhere=True,
        )
        seconds_compile = time.perf_counter() - started
    groups, epochs, steps = setup.groups, plan.epochs, setup.shared.steps
    at = EnsembleProgress(0, 0, [[] for _ in setup.networks])
    started = time.perf_counter()
    shown = Progress(
        epochs,
        steps,
        batch_size_of(setup.shared.plan),
        progress and is_first(),
        noun=NOUNS[train.kind],
    )
    is_shared, identity = groups.mesh.is_multi_process, {}
    if saving is not None or is_shared:
        identity = ensemble_identity(setup, train, validation)
    check_same_call(identity)
    with ExitStack() as stack:
        interrupt = stack.enter_context(catch_interrupt(terminate=saving is not None))
        bar = stack.enter_context(shown)
        with together():
            saver = stack.enter_context(open_saver(saving, identity))
        stopping = stopping_for(groups.mesh, interrupt)
        bar.message(f"{setup.how}; built and compiled in {seconds_compile:.1f} s")
        whole = {"groups": groups.whole()}
        resumed = resume_all(saver, lambda _: whole, resume)
        if resumed is not None:
            groups.groups = groups.put(resumed.trees["groups"])
            at.resume(resumed.content)
            step = at.epoch * steps + at.position
            bar.message(f"going on from the checkpoint after step {step}")
        if at.epoch < epochs:
            with together():
                saver.check_space(whole)
        while at.epoch < epochs:
            at.take_steps(setup, saver, stopping)
            if stopping.is_interrupted:
                at.save(setup, saver, stopping)
                break
            members = zip(at.histories, groups.read(), setup.networks, strict=True)
            for history, member, network in members:
                if member.stopped_at < 0:
                    history.append(_logs(at.epoch, member))
                    if validation is not None:
                        trained = network.with_variables(_variables(member))
                        history[-1] |= validation_logs(
                            trained,
                            validation,
                            plan.loss,
                            devices,
                            plan.metrics,
                            is_shared,
                        )
            bar.message(_line(at.epoch, epochs, at.histories))
            at.epoch, at.position = at.epoch + 1, 0
            if stopping.decide(saver.is_due_after_epoch) or at.epoch == epochs:
                at.save(setup, saver, stopping)
        stopping.saving(saver.finish)
        stopping.agree_or_raise()
        bar.end(interrupt, at.epoch * steps + at.position, saver.folder)
        members = groups.read()
        for line in _lines_of_frozen(setup, members):
            bar.message(line)
    seconds = time.perf_counter() - started
    return Ensemble(
        members=tuple(
            _run(setup, number, member, at.histories[number], stopping.is_interrupted)
            for number, member in enumerate(members)
        ),
        seeds=setup.seeds,
        learning_rates=setup.learning_rates,
        stopped_at=tuple(
            None if member.stopped_at < 0 else int(member.stopped_at) for member in members
        ),
        how=setup.how,
        seconds_compile=seconds_compile,
        seconds_train=seconds,
    )


def _logs(epoch: int, member: Member) -> Logs:
    rate = learning_rate(jax.tree.map(jnp.asarray, member.state.opt_state))
    sums = member.sums
    accuracy = None if sums.correct is None else float(sums.correct / sums.examples)
    return Logs(
        epoch=epoch + 1,
        step=int(member.state.step),
        train_loss=float(sums.loss / sums.examples),
        **({} if accuracy is None else {"train_accuracy": accuracy}),
        learning_rate=None if rate is None else float(rate),
    )


def _variables(member: Member) -> Variables:
    """Return the variables with which a member predicts: the moving average, if there is one."""
    return jax.tree.map(jnp.asarray, member.state.ema or member.state.variables)


def _line(epoch: int, epochs: int, histories: Sequence[Sequence[Logs]]) -> str:
    """Format the line of an epoch: mean and spread over the members that are still trained."""
    active = [history[-1] for history in histories if len(history) == epoch + 1]
    line = f"epoch {epoch + 1:{len(str(epochs))}}/{epochs}  "
    if active:
        names = ["train_loss", "train_accuracy", "validation_accuracy"]
        if "validation_accuracy" not in active[0]:
            names[-1] = "validation_loss"
        line += "  ".join(_mean_and_spread(name, active) for name in names if name in active[0])
    frozen = len(histories) - len(active)
    return line + f"  {frozen} frozen, no longer finite" * (frozen > 0)


def _mean_and_spread(name: str, logs_per_member: Sequence[Logs]) -> str:
    values = [logs[name] for logs in logs_per_member]
    mean, spread = np.mean(values), np.std(values)
    words = name.removeprefix("train_").replace("_", " ")
    if name.endswith("accuracy"):
        return f"{words} {mean:6.2%} ± {spread:.2%}"
    return f"{words} {mean:.4f} ± {spread:.4f}"


def _lines_of_frozen(setup: EnsembleSetup, members: Sequence[Member]) -> Iterator[str]:
    """Format a line for each member that is frozen because it is no longer finite."""
    for number, member in enumerate(members):
        if member.stopped_at >= 0:
            yield (
                f"member {number} (seed {setup.seeds[number]}, learning rate "
                f"{setup.learning_rates[number]:g}) was frozen before update "
                f"{int(member.stopped_at)}, which was not finite"
            )


def _run(
    setup: EnsembleSetup, number: int, member: Member, history: Sequence[Logs], interrupted: bool
) -> Run:
    state = jax.tree.map(jnp.asarray, member.state)
    settings = {
        **setup.shared.settings,
        "tx": "custom",
        "seed": setup.seeds[number],
        "learning_rate": setup.learning_rates[number],
    }
    return Run(
        network=setup.networks[number].with_variables(_variables(member)),
        state=state,
        steps=int(state.step),
        history=History(history),
        interrupted=interrupted,
        settings=settings,
    )
