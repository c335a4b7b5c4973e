"""Several networks of one architecture, trained side by side."""

import time
from collections.abc import Iterator, Sequence
from itertools import takewhile

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.typing import DTypeLike

from jaxcnn.data import Augmentation, Dataset, LabelledImages
from jaxcnn.layers import Layer
from jaxcnn.training._assemble import Assembled, Mode, OptimizerOfRate, assemble
from jaxcnn.training._ensemble_result import Ensemble
from jaxcnn.training._fit import check_sets, validation_logs
from jaxcnn.training._gradients import Loss
from jaxcnn.training._interrupt import catch_interrupt
from jaxcnn.training._members import Member
from jaxcnn.training._network import check_same_labels
from jaxcnn.training._normalization import Normalization
from jaxcnn.training._optimizer import learning_rate, one_cycle_sgd
from jaxcnn.training._progress import Progress
from jaxcnn.training._pure import Variables
from jaxcnn.training._trained import Logs, Trained


def fit_ensemble(
    model: Layer | nnx.Module,
    train: Dataset,
    *,
    validation: LabelledImages | None = None,
    seeds: Sequence[int] = range(5),
    learning_rates: float | Sequence[float] = 0.1,
    tx: OptimizerOfRate = one_cycle_sgd,
    epochs: int = 10,
    batch_size: int = 128,
    loss: Loss | None = None,
    label_smoothing: float = 0.0,
    augmentation: Augmentation | None = None,
    normalization: Normalization | None = None,
    average: float | None = None,
    microbatches: int = 1,
    dtype: DTypeLike | None = None,
    devices: int | None = None,
    mode: Mode = "auto",
    progress: bool = True,
) -> Ensemble:
    """Train several networks that differ in their seeds or learning rates.

    One compiled program trains them all. Each member ends up as `fit` would train it alone with
    its seed and ``tx=lambda steps: tx(steps, rate)`` on one device, up to rounding. Devices share
    the members, not their batches. A member whose loss or weights are not finite any more is
    frozen as it was before that update, and the others go on.

    Args:
        model: as in `fit`. (A module of one's own brings its initial weights, the same for all.)
        train: the images to learn from, in memory; with one label each.
        validation: images to evaluate each member on after each epoch; nothing is learned from
            them.
        seeds: one for each member: of its initial weights, order of examples, augmentation and
            dropout. A single one serves all learning rates.
        learning_rates: one for each member, or one for all.
        tx: ``tx(steps, rate)``, an optimizer for a run of so many steps at a member's rate; it
            must go under `jax.vmap`, as Optax's do.
        epochs: as in `fit`, like all that follow but `devices` and `mode`.
        batch_size: images a step of one member.
        loss: as in `fit`.
        label_smoothing: as in `fit`.
        augmentation: as in `fit`.
        normalization: as in `fit`.
        average: as in `fit`.
        microbatches: as in `fit`.
        dtype: as in `fit`.
        devices: how many share the members; None: all of this process's, as far as there are
            members.
        mode: "together" takes a step of all members in one call, under `jax.vmap`; "in turn" of
            one member a device. "auto" is "in turn" on CPUs, where it measures as fast or faster,
            and "together" elsewhere; it says which.
        progress: print a line for each epoch.

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
    check_sets(train, validation)
    # What an ensemble says of a set is of one label an image.
    check_same_labels("train", train, multilabel=False, classes=train.num_classes)
    started = time.perf_counter()
    assembled = assemble(
        model,
        train,
        seeds=seeds,
        learning_rates=learning_rates,
        tx=tx,
        epochs=epochs,
        batch_size=batch_size,
        devices=devices,
        mode=mode,
        loss=loss,
        label_smoothing=label_smoothing,
        augmentation=augmentation,
        normalization=normalization,
        average=average,
        microbatches=microbatches,
        dtype=dtype,
    )
    seconds_compile = time.perf_counter() - started
    crew, steps = assembled.crew, assembled.prepared.steps
    histories: list[list[Logs]] = [[] for _ in assembled.networks]
    started = time.perf_counter()
    members = crew.read()
    with catch_interrupt() as interrupt, Progress(epochs, steps, batch_size, progress) as bar:
        bar.message(f"{assembled.how}; built and compiled in {seconds_compile:.1f} s")
        for epoch in range(epochs):
            crew.run(epoch, takewhile(lambda _: not interrupt.requested, range(steps)))
            members = crew.read()
            if interrupt.requested:
                break
            for history, member, network in zip(
                histories, members, assembled.networks, strict=True
            ):
                if member.stopped_at < 0:
                    history.append(_logs(epoch, member))
                    if validation is not None:
                        trained = network.with_variables(_variables(member))
                        history[-1] |= validation_logs(trained, validation, loss, devices)
            bar.message(_line(epoch, epochs, histories))
        for frozen in _frozen(assembled, members):
            bar.message(frozen)
    seconds = time.perf_counter() - started
    return Ensemble(
        members=tuple(
            _trained(assembled, number, member, histories[number], interrupt.requested)
            for number, member in enumerate(members)
        ),
        seeds=assembled.seeds,
        learning_rates=assembled.learning_rates,
        stopped_at=tuple(
            None if member.stopped_at < 0 else int(member.stopped_at) for member in members
        ),
        how=assembled.how,
        seconds_compile=seconds_compile,
        seconds_train=seconds,
    )


def _logs(epoch: int, member: Member) -> Logs:
    rate = learning_rate(jax.tree.map(jnp.asarray, member.state.opt_state))
    return {
        "epoch": epoch + 1,
        "step": int(member.state.step),
        "train_loss": float(member.sums.loss / member.sums.examples),
        "train_accuracy": float(member.sums.correct / member.sums.examples),
        "learning_rate": None if rate is None else float(rate),
    }


def _variables(member: Member) -> Variables:
    """What a member predicts with."""
    return jax.tree.map(jnp.asarray, member.state.average or member.state.variables)


def _line(epoch: int, epochs: int, histories: Sequence[Sequence[Logs]]) -> str:
    """An epoch's line: mean and spread over the members that go on."""
    alive = [history[-1] for history in histories if len(history) == epoch + 1]
    line = f"epoch {epoch + 1:{len(str(epochs))}}/{epochs}  "
    if alive:
        losses, accuracies = (
            [logs[name] for logs in alive] for name in ("train_loss", "train_accuracy")
        )
        line += (
            f"loss {np.mean(losses):.4f} ± {np.std(losses):.4f}  "
            f"accuracy {np.mean(accuracies):6.2%} ± {np.std(accuracies):.2%}"
        )
        if "validation_accuracy" in alive[0]:
            accuracies = [logs["validation_accuracy"] for logs in alive]
            line += f"  validation accuracy {np.mean(accuracies):6.2%} ± {np.std(accuracies):.2%}"
    frozen = len(histories) - len(alive)
    return line + f"  {frozen} frozen, no longer finite" * (frozen > 0)


def _frozen(assembled: Assembled, members: Sequence[Member]) -> Iterator[str]:
    """A line for each member that is not finite any more."""
    for number, member in enumerate(members):
        if member.stopped_at >= 0:
            yield (
                f"member {number} (seed {assembled.seeds[number]}, learning rate "
                f"{assembled.learning_rates[number]:g}) was frozen before update "
                f"{int(member.stopped_at)}, which was not finite"
            )


def _trained(
    assembled: Assembled, number: int, member: Member, history: Sequence[Logs], interrupted: bool
) -> Trained:
    state = jax.tree.map(jnp.asarray, member.state)
    settings = {
        **assembled.prepared.settings,
        "optimizer": "custom",
        "seed": assembled.seeds[number],
        "learning_rate": assembled.learning_rates[number],
    }
    return Trained(
        network=assembled.networks[number].with_variables(_variables(member)),
        state=state,
        history=tuple(history),
        interrupted=interrupted,
        settings=settings,
    )
