"""All epochs of `fit`: training, evaluation, early stopping, and checkpoints."""

import dataclasses
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax

from jaxcnn.data import LabeledImages
from jaxcnn.distributed import together
from jaxcnn.runs import Logs, Run
from jaxcnn.training._epoch_logs import epoch_logs
from jaxcnn.training._extension import EXTENDED, announce_extension
from jaxcnn.training._loop import (
    NonFiniteError,
    NonFiniteLossError,
    run_epoch,
)
from jaxcnn.training._position import Position, restore, saved_trees
from jaxcnn.training._setup import TrainingSetup
from jaxcnn.training._state import TrainState
from jaxcnn.training._stopping import BY_CALLER, Stopping, attach, traced_steps
from jaxcnn.training._swa import averaged_network
from jaxcnn.training._terminal import Progress, StopRequested
from jaxcnn.training._validation_metrics import validation_logs
from jaxcnn.training._within_epoch import SaverWithinEpoch
from jaxcnn.training.checkpoints._record import EpochSums, Record
from jaxcnn.training.checkpoints._resume_all import resume_all
from jaxcnn.training.checkpoints._saver import Saver
from jaxcnn.training.checkpoints._settings import Resume

OnEpoch = Callable[[TrainState, Logs], bool | None]
"""A function of the state and the metrics of an epoch; it ends the training by returning True."""


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
        stopping: What ends the training before its last epoch.
        saver: The checkpoints.
        trace: The folder of a trace of some steps; None: no trace.
    """

    setup: TrainingSetup
    step: jax.stages.Compiled
    validation: LabeledImages | None
    on_epoch: OnEpoch | None
    on_step: Callable[[int], None] | None
    bar: Progress
    stopping: Stopping
    saver: Saver
    trace: str | os.PathLike[str] | None = None

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
        at, trace = self._start(fresh, resume), self.trace
        if not self._is_finished(at):
            has_best = self.setup.plan.early_stopping is not None
            with together():
                self.saver.check_space(saved_trees(fresh.state, fresh.state if has_best else None))
        while not self._is_finished(at):
            at, trace = self._train_or_attach(at, trace), None
            if self.stopping.is_interrupted:
                break
        if at.run.steps:
            self.stopping.saving(partial(self._save, at, at.run.state))
        self.stopping.saving(self.saver.finish)
        self.stopping.agree_or_raise()
        stopped, signal = self._stopped(at), self.stopping.interrupt
        self.bar.end(signal, at.run.steps, self.saver.folder, stopped)
        logs = self._measure(at) if stopped and at.sums.steps else None
        run, interrupted = self._with_epoch(at, logs), not self._is_finished(at)
        return self._result(run, interrupted=interrupted, stopped=stopped)

    def _result(self, at: Position, *, interrupted: bool = True, stopped: str | None = None) -> Run:
        """Return what was reached: averaged weights, or those of the best epoch."""
        run = self._reached(at, interrupted=interrupted, stopped=stopped)
        variables = self.setup.placement.at_end(run.network.variables)
        return dataclasses.replace(run, network=run.network.with_variables(variables))

    def _reached(self, at: Position, *, interrupted: bool, stopped: str | None) -> Run:
        run = dataclasses.replace(at.run, interrupted=interrupted, stopped=stopped)
        swa_start = self.setup.plan.swa_start
        if swa_start is not None and not interrupted and run.steps >= swa_start * self.setup.steps:
            try:
                return dataclasses.replace(run, network=averaged_network(self.setup, run))
            except Exception as error:
                attach(error, run, self.saver.folder)
                raise
        if self.setup.plan.early_stopping is None or not at.best.history:
            return run
        return restore(at.best, run)

    def _start(self, fresh: Run, resume: Resume) -> Position:
        def like(content: Mapping[str, Any]) -> dict[str, Any]:
            return saved_trees(fresh.state, fresh.state if content["best_epoch"] else None)

        resumed = resume_all(self.saver, like, resume)
        if resumed is None:
            return Position(fresh, fresh, 0, EpochSums())
        record, trees, best = Record.of(resumed.content), resumed.trees, fresh
        if record.stopped in BY_CALLER:
            self.stopping.reason = record.stopped
        run = dataclasses.replace(
            self._with_state(fresh, trees["state"]),
            history=record.history,
            seconds_train=record.seconds_train,
            images_seen=record.images_seen,
        )
        if "best" in trees:
            best = dataclasses.replace(
                self._with_state(fresh, trees["best"]), history=record.history[: record.best_epoch]
            )
        self.bar.resume(run.steps, record.history)
        epochs = self.setup.plan.epochs
        new = announce_extension(resumed.extension, epochs=epochs, step=run.steps, bar=self.bar)
        if record.extended or new:
            settings = {**run.settings, EXTENDED: [*record.extended, *new]}
            run = dataclasses.replace(run, settings=settings)
        return Position(run, best, record.epoch, record.sums)

    def _is_finished(self, at: Position) -> bool:
        return at.epoch >= self.setup.plan.epochs or self._stopped(at) is not None

    def _stopped(self, at: Position) -> str | None:
        """Return why the training ends here, before its last epoch; None if it goes on."""
        plan, history, stops = self.setup.plan, at.run.history, self.setup.plan.early_stopping
        if at.epoch >= plan.epochs:
            return None
        if self.stopping.reason is not None:
            return self.stopping.reason
        if plan.max_steps is not None and at.run.steps >= plan.max_steps:
            return "max_steps"
        seconds = at.run.seconds_train + at.sums.seconds
        if plan.max_seconds is not None and seconds >= plan.max_seconds:
            return "max_seconds"
        return "early_stopping" if stops and history and stops.gives_up(history) else None

    def _train_or_attach(self, at: Position, trace: str | os.PathLike[str] | None) -> Position:
        """Train for an epoch; an error gets what was reached."""
        try:
            after = self._train_epoch(at, trace)
        except NonFiniteLossError:
            raise
        except Exception as error:
            attach(error, self._result(at.with_whole_epoch()), self.saver.folder)
            raise
        if self.stopping.error is None:
            return after
        attach(self.stopping.error, self._result(after.with_whole_epoch()), self.saver.folder)
        raise self.stopping.error

    def _train_epoch(self, at: Position, trace: str | os.PathLike[str] | None) -> Position:
        """Train for the rest of an epoch and evaluate, or only train up to an early end."""
        setup, epoch, self.stopping.seconds = self.setup, at.epoch, at.run.seconds_train
        limit = setup.plan.max_steps
        steps = setup.steps if limit is None else min(setup.steps, limit - epoch * setup.steps)
        batches, left = setup.batches.epoch(epoch, steps, at.sums.steps), steps - at.sums.steps
        try:
            result = run_epoch(
                self.step,
                # The step overwrites the memory of its state, so the run keeps its own copy.
                setup.copy_for_step(at.run.state),
                self.stopping.guarded(traced_steps(batches, left, trace), left),
                epoch=epoch,
                sums=at.sums,
                progress=self.bar,
                stopping=self.stopping,
                save=SaverWithinEpoch(at, setup, self.saver, self.stopping, self._save),
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
        sums = dataclasses.replace(result.sums, seconds=self.stopping.agree(result.sums.seconds))
        if self.stopping.is_void:
            return at
        # Users continue with one copy, so that their computations run once.
        run = self._with_state(at.run, setup.placement.whole(result.state))
        after = dataclasses.replace(at, run=run, sums=sums)
        ends_early = result.sums.steps < setup.steps
        logs = None if ends_early else self._measure(after)
        return after if logs is None else self._finish_epoch(self._with_epoch(after, logs), logs)

    def _measure(self, at: Position) -> Logs | None:
        """Return the metrics of an epoch, also of one that ends early; None after a signal."""
        try:
            with self.stopping.at_once():
                logs = epoch_logs(at.epoch, at.run.state, at.sums)
                logs.update(self._evaluate(at.run))
                return logs
        except StopRequested:
            return None

    def _with_epoch(self, at: Position, logs: Logs | None) -> Position:
        """Return the position after an epoch with these metrics, which may be the best one."""
        at, stopping = at.with_whole_epoch(logs), self.setup.plan.early_stopping
        if logs and stopping is not None and stopping.best(at.run.history) == at.epoch - 1:
            at = dataclasses.replace(at, best=at.run)
        return at

    def _with_state(self, run: Run, state: TrainState) -> Run:
        """Return a run with the network and the number of updates of a state."""
        # The mean of epochs (SWA) is used at the end only, with statistics of its own.
        state = self.setup.placement.at_rest(state)
        average = None if self.setup.plan.swa_start is not None else state.ema
        network = run.network.with_variables(average or state.variables)
        return dataclasses.replace(run, network=network, state=state, steps=int(state.step))

    def _call_on_step(self, before: int) -> Callable[[int], None] | None:
        """Return the caller's function of the steps in an epoch, after those before it."""
        on_step, call = self.on_step, self.stopping.call
        if on_step is None:
            return None
        return lambda position: call(on_step, before + position, name="on_step")

    def _evaluate(self, run: Run) -> Logs:
        if self.validation is None:
            return Logs()
        plan, mesh = self.setup.plan, self.setup.learn.mesh
        return validation_logs(
            run.network,
            self.validation,
            plan.loss,
            len(mesh.local_devices),
            plan.metrics,
            mesh.is_multi_process,
        )

    def _finish_epoch(self, at: Position, logs: Logs) -> Position:
        self.bar.epoch(logs)
        if self.on_epoch is not None:
            # Before the save: a process that is killed in between does this epoch again.
            self.stopping.call(self.on_epoch, at.run.state, logs, name="on_epoch")
        self.stopping.agree()
        if self.stopping.error is None:
            self.stopping.saving(partial(self._save_after_epoch, at))
            self.stopping.agree()
        return at

    def _save_after_epoch(self, at: Position) -> None:
        if self.saver.is_due_after_epoch():
            self._save(at, at.run.state)

    def _save(self, at: Position, state: TrainState) -> None:
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
            stopped=self._stopped(at),
        )
        # Within an epoch there is no metric of this state.
        monitored = history[-1].get(monitor) if history and not at.sums.steps else None
        trees = saved_trees(state, at.best.state if has_best else None)
        self.saver.save(int(state.step), trees, record.content(), monitored)
