"""Several networks of one architecture, trained side by side."""

import time
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from jaxcnn.data import Dataset, LabeledImages
from jaxcnn.inference import Variables
from jaxcnn.layers import Layer
from jaxcnn.runs import Logs, Run
from jaxcnn.training._ensemble_members import (
    EXCLUDED,
    REFUSED,
    EnsembleSetup,
    Member,
    Mode,
    OptimizerFactory,
    set_up_ensemble,
)
from jaxcnn.training._ensemble_result import Ensemble
from jaxcnn.training._fit import validation_logs
from jaxcnn.training._optimizers import (
    CLASSES_RATE,
    REGRESSION_RATE,
    learning_rate,
    one_cycle_adam,
    one_cycle_sgd,
)
from jaxcnn.training._plan import Plan
from jaxcnn.training._setup import check_sets
from jaxcnn.training._terminal import Progress, catch_interrupt


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
    **options: Any,
) -> Ensemble:
    """Train several networks that differ in their seeds or learning rates.

    One compiled program trains them all. Each member ends up as `fit` would train it alone with
    its seed and ``tx=lambda steps: tx(steps, rate)`` on one device, up to rounding. Devices share
    the members, not their batches. A member whose loss or weights are not finite any more is
    frozen as it was before that update, and the others go on.

    Args:
        model: An architecture, or an `nnx.Module`, whose initial weights are then the same for all.
        train: The images to learn from, in memory.
        validation: Images to evaluate each member on after each epoch; nothing is learned from
            them.
        seeds: One per member: of its initial weights, order of examples, augmentation and
            dropout. A single one serves all learning rates.
        learning_rates: One per member, or one for all. Default: 0.1, or 0.01 for a regression.
        tx: ``tx(steps, rate)``, an optimizer for a run of so many steps at a member's rate; it
            must go under `jax.vmap`, as Optax's do. Default: `one_cycle_sgd`, or `one_cycle_adam`
            for a regression.
        devices: How many share the members; None: all of this process's, as far as there are
            members.
        mode: "together" takes a step of all members in one call, under `jax.vmap`; "in turn" of
            one member per device. "auto" is "in turn" on CPUs, where it measures as fast or
            faster, and "together" elsewhere; it says which.
        plan: Options made and checked beforehand; its `seed` and `devices` are not used, and
            it must have no `tx`, `early_stopping`, `init_from` or `log_norms`.
        progress: Print a line for each epoch.
        **options: Options of `fit`, by name: `epochs`, `batch_size` (per member), `loss`,
            `label_smoothing`, `augmentation`, `normalization`, `ema_decay`,
            `accumulate_steps`, `dtype`.

    Returns:
        The members with their histories. Ctrl-C ends training with what was reached.

    Raises:
        TypeError: if an argument is of the wrong type.
        ValueError: if an argument is out of range, or the model and the data do not fit.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> data = jaxcnn.data.digits()
        >>> ensemble = fit_ensemble(net, data.train, seeds=range(3), epochs=2, progress=False)
        >>> ensemble.evaluate(data.test).mean > 0.8
        True
    """
    plan = Plan.of(plan, options, excluded=EXCLUDED, refused=REFUSED)
    check_sets(model, train, validation)
    classes = train.task.has_classes
    started = time.perf_counter()
    setup = set_up_ensemble(
        model,
        train,
        plan,
        seeds=seeds,
        learning_rates=(CLASSES_RATE if classes else REGRESSION_RATE)
        if learning_rates is None
        else learning_rates,
        tx=tx or (one_cycle_sgd if classes else one_cycle_adam),
        devices=devices,
        mode=mode,
    )
    seconds_compile = time.perf_counter() - started
    groups, epochs, steps = setup.groups, plan.epochs, setup.shared.steps
    histories: list[list[Logs]] = [[] for _ in setup.networks]
    started = time.perf_counter()
    members = groups.read()
    with catch_interrupt() as interrupt, Progress(epochs, steps, plan.batch_size, progress) as bar:
        bar.message(f"{setup.how}; built and compiled in {seconds_compile:.1f} s")
        for epoch in range(epochs):
            groups.run(epoch, takewhile(lambda _: not interrupt.requested, range(steps)))
            members = groups.read()
            if interrupt.requested:
                break
            for history, member, network in zip(histories, members, setup.networks, strict=True):
                if member.stopped_at < 0:
                    history.append(_logs(epoch, member))
                    if validation is not None:
                        trained = network.with_variables(_variables(member))
                        history[-1] |= validation_logs(trained, validation, plan.loss, devices)
            bar.message(_line(epoch, epochs, histories))
        for frozen in _frozen(setup, members):
            bar.message(frozen)
    seconds = time.perf_counter() - started
    return Ensemble(
        members=tuple(
            _run(setup, number, member, histories[number], interrupt.requested)
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
    return {
        "epoch": epoch + 1,
        "step": int(member.state.step),
        "train_loss": float(sums.loss / sums.examples),
        **({} if accuracy is None else {"train_accuracy": accuracy}),
        "learning_rate": None if rate is None else float(rate),
    }


def _variables(member: Member) -> Variables:
    """What a member predicts with."""
    return jax.tree.map(jnp.asarray, member.state.ema or member.state.variables)


def _line(epoch: int, epochs: int, histories: Sequence[Sequence[Logs]]) -> str:
    """An epoch's line: mean and spread over the members that go on."""
    alive = [history[-1] for history in histories if len(history) == epoch + 1]
    line = f"epoch {epoch + 1:{len(str(epochs))}}/{epochs}  "
    if alive:
        names = ["train_loss", "train_accuracy", "validation_accuracy"]
        if "validation_accuracy" not in alive[0]:
            names[-1] = "validation_loss"
        line += "  ".join(_over_members(name, alive) for name in names if name in alive[0])
    frozen = len(histories) - len(alive)
    return line + f"  {frozen} frozen, no longer finite" * (frozen > 0)


def _over_members(name: str, alive: Sequence[Logs]) -> str:
    values = [logs[name] for logs in alive]
    mean, spread = np.mean(values), np.std(values)
    words = name.removeprefix("train_").replace("_", " ")
    if name.endswith("accuracy"):
        return f"{words} {mean:6.2%} ± {spread:.2%}"
    return f"{words} {mean:.4f} ± {spread:.4f}"


def _frozen(setup: EnsembleSetup, members: Sequence[Member]) -> Iterator[str]:
    """A line for each member that is not finite any more."""
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
        history=tuple(history),
        interrupted=interrupted,
        settings=settings,
    )
