"""All epochs of `fit`: training, evaluation, early stopping, and checkpoints."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import jax

from jaxcnn.data import LabeledImages
from jaxcnn.inference import first_copy
from jaxcnn.runs import Logs, Run
from jaxcnn.training._extension import EXTENDED, announce_extension
from jaxcnn.training._loop import (
    NonFiniteError,
    NonFiniteLossError,
    run_epoch,
)
from jaxcnn.training._norms import recorded_norms
from jaxcnn.training._setup import TrainingSetup
from jaxcnn.training._state import TrainState
from jaxcnn.training._terminal import Interrupt, Progress, StopRequested
from jaxcnn.training._validation_metrics import validation_logs
from jaxcnn.training.checkpoints._record import EpochSums, Record
from jaxcnn.training.checkpoints._saver import Saver
from jaxcnn.training.checkpoints._settings import Resume


@dataclasses.dataclass(frozen=True, eq=False)
class Training:
    """A training that is ready to run.

    Attributes:
        setup: Network, optimizer, step and batches.
        step: The compiled step.
        validation: The set to evaluate on after each epoch; None: no evaluation.
        on_epoch: The caller's function, called after each epoch.
        on_step: The caller's function, called after each step.
        bar: The progress display.
        interrupt: What Ctrl-C or SIGTERM asked for.
        saver: The checkpoints.
    """

    setup: TrainingSetup
    step: jax.stages.Compiled
    validation: LabeledImages | None
    on_epoch: Callable[[TrainState, Logs], None] | None
    on_step: Callable[[int], None] | None
    bar: Progress
    interrupt: Interrupt
    saver: Saver

    def run(self, fresh: Run, resume: Resume) -> Run:
        """Train from a fresh run, or from the latest checkpoint, to the end or to a signal.

        Args:
            fresh: The untrained network.
            resume: What to do if there are checkpoints, or none.

        Returns:
            The trained network; after early stopping, that of the best epoch.

        Raises:
            NonFiniteLossError: If the loss or a weight becomes NaN or infinite.
        """
        at = self._start(fresh, resume)
        if not self._is_finished(at):
            has_best = self.setup.plan.early_stopping is not None
            self.saver.check_space(_trees(fresh.state, fresh.state if has_best else None))
        while not self._is_finished(at):
            at = self._train_epoch(at)
            if self.interrupt.requested:
                break
        if at.run.steps:
            self._save(at, at.run.state)
        self.saver.finish()
        self.bar.end(self.interrupt, at.run.steps, self.saver.folder)
        interrupted = not self._is_finished(at)
        run = dataclasses.replace(at.with_whole_epoch().run, interrupted=interrupted)
        if self.setup.plan.early_stopping is None or not run.history:
            return run
        return _restore(at.best, run)

    def _start(self, fresh: Run, resume: Resume) -> "Position":
        def like(content: Mapping[str, Any]) -> dict[str, Any]:
            return _trees(fresh.state, fresh.state if content["best_epoch"] else None)

        resumed = self.saver.resume(like, resume)
        if resumed is None:
            return Position(fresh, fresh, 0, EpochSums())
        record, trees, best = Record.of(resumed.content), resumed.trees, fresh
        run = dataclasses.replace(
            _with_state(fresh, trees["state"]),
            history=record.history,
            seconds_train=record.seconds_train,
            images_seen=record.images_seen,
        )
        if "best" in trees:
            best = dataclasses.replace(
                _with_state(fresh, trees["best"]), history=record.history[: record.best_epoch]
            )
        self.bar.resume(run.steps, record.history)
        epochs = self.setup.plan.epochs
        new = announce_extension(resumed.extension, epochs=epochs, step=run.steps, bar=self.bar)
        if record.extended or new:
            settings = {**run.settings, EXTENDED: [*record.extended, *new]}
            run = dataclasses.replace(run, settings=settings)
        return Position(run, best, record.epoch, record.sums)

    def _is_finished(self, at: "Position") -> bool:
        plan, history = self.setup.plan, at.run.history
        stops = plan.early_stopping
        return at.epoch >= plan.epochs or bool(stops and history and stops.gives_up(history))

    def _train_epoch(self, at: "Position") -> "Position":
        """Train for the rest of an epoch and evaluate, or for the part of it before a signal."""
        setup, epoch = self.setup, at.epoch
        try:
            result = run_epoch(
                self.step,
                # The step overwrites the memory of its state, so the run keeps its own copy.
                setup.copy_for_step(at.run.state),
                setup.batches.epoch(epoch, setup.steps, start=at.sums.steps),
                epoch=epoch,
                sums=at.sums,
                progress=self.bar,
                interrupt=self.interrupt,
                save=_SaveWithinEpoch(self, at),
                on_step=self._call_on_step(epoch * setup.steps),
            )
        except NonFiniteError as error:
            raise NonFiniteLossError(
                at.run,
                what=error.what,
                step=epoch * setup.steps + error.position,
                epoch=epoch + 1,
                learning_rate=error.learning_rate,
            ) from None
        # Users continue with one device's copy, so that their computations run once.
        run = _with_state(at.run, first_copy(result.state))
        after = dataclasses.replace(at, run=run, sums=result.sums)
        try:
            with self.interrupt.at_once():
                logs = _logs(epoch, run.state, result.sums) | self._evaluate(run)
        except StopRequested:
            return after
        return self._finish_epoch(after.with_whole_epoch(logs), logs)

    def _call_on_step(self, before: int) -> Callable[[int], None] | None:
        """Return the caller's function of the steps in an epoch, after those before it."""
        on_step = self.on_step
        return None if on_step is None else lambda position: on_step(before + position)

    def _evaluate(self, run: Run) -> Logs:
        if self.validation is None:
            return {}
        devices = self.setup.learn.mesh.size
        plan = self.setup.plan
        return validation_logs(run.network, self.validation, plan.loss, devices, plan.metrics)

    def _finish_epoch(self, at: "Position", logs: Logs) -> "Position":
        stopping = self.setup.plan.early_stopping
        if stopping is not None and stopping.best(at.run.history) == at.epoch - 1:
            at = dataclasses.replace(at, best=at.run)
        self.bar.epoch(logs)
        if self.on_epoch is not None:
            # Before the save: a process that is killed in between does this epoch again.
            self.on_epoch(at.run.state, logs)
        if self.saver.is_due_after_epoch():
            self._save(at, at.run.state)
        return at

    def save_within_epoch(self, at: "Position", state: TrainState, sums: EpochSums) -> None:
        """Save the state after a step of an epoch, in whose middle the run is not yet."""
        self._save(dataclasses.replace(at, sums=sums), first_copy(state))

    def _save(self, at: "Position", state: TrainState) -> None:
        stopping, history = self.setup.plan.early_stopping, at.run.history
        monitor = "validation_loss" if stopping is None else stopping.monitor
        has_best = stopping is not None and bool(at.best.history)
        record = Record(
            epoch=at.epoch,
            sums=at.sums,
            history=history,
            seconds_train=at.run.seconds_train,
            images_seen=at.run.images_seen,
            best_epoch=len(at.best.history) if has_best else 0,
            extended=tuple(at.run.settings.get(EXTENDED, ())),
        )
        # Within an epoch there is no metric of this state.
        monitored = history[-1].get(monitor) if history and not at.sums.steps else None
        trees = _trees(state, at.best.state if has_best else None)
        self.saver.save(int(state.step), trees, record.content(), monitored)


@dataclasses.dataclass(frozen=True, eq=False)
class Position:
    """A point in a training.

    Attributes:
        run: The run. Its network, state and steps are the latest; its history and totals are those
            of complete epochs.
        best: The run at the best epoch of early stopping.
        epoch: Number of the epoch to go on with, from 0.
        sums: What that epoch has summed up so far.
    """

    run: Run
    best: Run
    epoch: int
    sums: EpochSums

    def with_whole_epoch(self, logs: Logs | None = None) -> "Position":
        """Return the position with the epoch's sums added to the totals of the run.

        Args:
            logs: The metrics of the epoch; None if it ends before it is complete.
        """
        run = dataclasses.replace(
            self.run,
            history=self.run.history if logs is None else (*self.run.history, logs),
            seconds_train=self.run.seconds_train + self.sums.seconds,
            images_seen=self.run.images_seen + self.sums.images,
        )
        return Position(run, self.best, self.epoch + 1, EpochSums())


@dataclasses.dataclass(frozen=True, eq=False)
class _SaveWithinEpoch:
    """Saves the state in the middle of an epoch that began, or was resumed, at a position."""

    training: Training
    at: Position

    def is_due(self, position: int) -> bool:
        """Return whether to save after so many steps; after the last one the epoch's end saves."""
        steps = self.training.setup.steps
        return position < steps and self.training.saver.is_due(self.at.epoch * steps + position)

    def __call__(self, state: TrainState, sums: EpochSums) -> None:
        """Save; returns once the state may be overwritten."""
        self.training.save_within_epoch(self.at, state, sums)


def _trees(state: TrainState, best: TrainState | None) -> dict[str, Any]:
    """Return the pytrees of a checkpoint, by name."""
    return {"state": state} | ({} if best is None else {"best": best})


def _restore(best: Run, last: Run) -> Run:
    """Return the record of the last epoch with the weights of the best one."""
    return dataclasses.replace(
        last,
        network=best.network,
        state=best.state,
        steps=best.steps,
        restored_epoch=len(best.history),
    )


def _with_state(run: Run, state: TrainState) -> Run:
    """Return a run with the network and the number of updates of a state."""
    return dataclasses.replace(
        run,
        network=run.network.with_variables(state.ema or state.variables),
        state=state,
        steps=int(state.step),
    )


def _logs(epoch: int, state: TrainState, sums: EpochSums) -> Logs:
    accuracy = sums.accuracy
    logs: dict[str, Any] = {
        "epoch": epoch + 1,
        "step": int(state.step),
        "train_loss": sums.mean_loss,
        **({} if accuracy is None else {"train_accuracy": accuracy}),
        "learning_rate": sums.learning_rate,
        "seconds": sums.seconds,
        "images_per_second": sums.images / sums.seconds,
    }
    return logs | recorded_norms(state.opt_state)
