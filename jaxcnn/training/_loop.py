"""Run the training steps of an epoch, and stop with an error where a loss is not finite."""

import dataclasses
import math
import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any, Protocol

import jax
import jax.numpy as jnp
from jax import Array

from jaxcnn.lowering import compiler_options
from jaxcnn.runs import Run
from jaxcnn.training._batches import Batches
from jaxcnn.training._learning_step import StepResult
from jaxcnn.training._shared_stopping import telling_all, wish
from jaxcnn.training._state import TrainState
from jaxcnn.training._stopping import Stopping
from jaxcnn.training._terminal import Progress
from jaxcnn.training.checkpoints._record import EpochSums

CompiledStep = Callable[..., tuple[TrainState, StepResult]]


def lower_step(batches: Batches, state: TrainState) -> jax.stages.Lowered:
    """Trace the training step, which will overwrite the memory of its state argument."""
    step, arguments, mesh = batches.step(), batches.example(), batches.learn.mesh
    if mesh.is_multi_process:
        step, arguments = telling_all(step, mesh), (*arguments, wish(mesh, 0))
    jitted = jax.jit(step, donate_argnums=0, compiler_options=compiler_options())
    return jitted.lower(state, *arguments)


class NonFiniteError(Exception):
    """A loss or a weight is not finite; `fit` turns this into the public `NonFiniteLossError`.

    Attributes:
        what: What is not finite, such as ``"the loss is nan"``.
        position: Position of the step in its epoch, from 0.
        learning_rate: The step's learning rate; None if it is unknown.
    """

    def __init__(self, what: str, position: int, learning_rate: float | None) -> None:
        self.what, self.position, self.learning_rate = what, position, learning_rate
        super().__init__(what)


@dataclasses.dataclass(frozen=True)
class EpochResult:
    """The state and the metrics after an epoch of training.

    Attributes:
        state: The state after the last step.
        sums: The running sums of the epoch's metrics, each of before the update that learns from
            its example.
    """

    state: TrainState
    sums: EpochSums


class SaveWithinEpoch(Protocol):
    """Saves the state of a training in the middle of an epoch."""

    def is_due(self, position: int) -> bool:
        """Return whether to save after so many steps of the epoch."""
        ...

    def __call__(self, state: TrainState, sums: EpochSums) -> None:
        """Save; returns once the state may be overwritten."""
        ...


def run_epoch(
    step: CompiledStep,
    state: TrainState,
    batches: Generator[tuple[Any, ...]],
    *,
    epoch: int,
    sums: EpochSums,
    progress: Progress,
    stopping: Stopping,
    save: SaveWithinEpoch | None = None,
    on_step: Callable[[int], None] | None = None,
) -> EpochResult:
    """Run the compiled step over one epoch.

    This is a Python loop, which can be watched and interrupted. On CPUs it measures faster than one
    compiled loop over the epoch (`experiments/benchmarks/epoch_loop.py`).

    Args:
        step: The compiled step from `lower_step`.
        state: The state before the epoch; its memory is overwritten.
        batches: The step's arguments after the state, one tuple per step. It is closed at the end.
        epoch: Number of the epoch, from 0.
        sums: What the epoch has summed up so far, where `batches` begin in its middle.
        progress: The progress bar, advanced by each step.
        stopping: Checked before each step; the epoch ends early once it says so.
        save: Saves the state within the epoch; None: nothing does.
        on_step: Called after each step with its number in the epoch, from 1.

    Raises:
        NonFiniteError: If the loss of a step is not finite, or a weight after the last step.
    """
    sums = dataclasses.replace(sums)  # the caller's stay as they are
    started = time.perf_counter() - sums.seconds
    in_flight: StepResult | None = None

    def read(result: StepResult) -> None:
        _add(sums, result)
        progress.step(epoch + 1, sums.mean_loss, sums.accuracy)
        if on_step is not None:
            on_step(sums.steps)

    # An error's traceback keeps this frame alive, and without closing, a stream's threads too.
    with closing(batches):
        for batch in batches:
            if stopping.requested:
                break
            if (sums.steps or in_flight) and stopping.is_late(time.perf_counter() - started):
                break
            state, result, *told = step(state, *batch, *stopping.arguments())
            stopping.sent(*told)
            # Metrics are read one step late, while the next step runs, so that the device never
            # waits for the host.
            if in_flight is not None:
                try:
                    read(in_flight)
                except NonFiniteError:
                    # What several processes compute next must not begin before this step's end.
                    jax.block_until_ready(state)
                    raise
            in_flight = result
            if save is not None and save.is_due(sums.steps + 1) and stopping.may_save(result):
                read(in_flight)
                in_flight = None
                sums.seconds = time.perf_counter() - started
                save(state, sums)
    if in_flight is not None:
        read(in_flight)
    jax.block_until_ready(state)
    sums.seconds = time.perf_counter() - started
    check_weights(state, sums)
    return EpochResult(state, sums)


def check_weights(state: TrainState, sums: EpochSums) -> None:
    """Raise NonFiniteError unless all weights are finite; the loss is that of those before."""
    if not all_finite(state.variables):
        raise NonFiniteError("a weight is not finite", sums.steps - 1, sums.learning_rate)


def _add(sums: EpochSums, result: StepResult) -> None:
    metrics, rate = result
    loss = float(metrics.loss)
    sums.learning_rate = None if rate is None else float(rate)
    if not math.isfinite(loss):
        raise NonFiniteError(f"the loss is {loss}", sums.steps, sums.learning_rate)
    sums.loss += loss
    if metrics.correct is not None:
        sums.correct = (sums.correct or 0) + int(metrics.correct)
    sums.images += int(metrics.examples)
    sums.steps += 1


@jax.jit
def all_finite(tree: Any) -> Array:
    """Return whether all floating-point values in a tree of arrays are finite."""
    floating = [x for x in jax.tree.leaves(tree) if jnp.issubdtype(x.dtype, jnp.floating)]
    return jnp.array([jnp.isfinite(leaf).all() for leaf in floating]).all()


class NonFiniteLossError(FloatingPointError):
    """Raised when the loss or a weight becomes NaN or infinite, which stops training.

    Attributes:
        run: The last good state that the training kept: the network after the last epoch in which
            all losses and weights were finite. If there was no such epoch, the untrained network.
            If the training was resumed within this epoch, the network of the checkpoint.
            `run.steps` counts its updates, and `run.history` has only whole epochs.
        step: Index, from 0, of the update with a loss or new weights that were not finite.
        epoch: The epoch of this update, from 1.
        learning_rate: The learning rate of this update; None if the optimizer does not expose its
            learning rate.
    """

    def __init__(
        self, run: Run, *, what: str, step: int, epoch: int, learning_rate: float | None
    ) -> None:
        self.run, self.step, self.epoch = run, step, epoch
        self.learning_rate = learning_rate
        shown = "unknown" if learning_rate is None else f"{learning_rate:.3g}"
        super().__init__(
            f"training diverged: {what} at step {step} "
            f"(epoch {epoch}, learning rate {shown}); "
            "try a learning rate ten times smaller, a longer warm-up, or gradient clipping "
            "(optax.clip_by_global_norm). The `run` of this error has the last good state, after "
            f"{run.steps} steps"
        )
