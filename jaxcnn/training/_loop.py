"""The loop over an epoch's steps, and the errors that end it."""

import dataclasses
import math
import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from jaxcnn.lowering import compiler_options
from jaxcnn.runs import Run
from jaxcnn.training._batches import Batches
from jaxcnn.training._learning_step import StepResult
from jaxcnn.training._state import TrainState
from jaxcnn.training._terminal import Interrupt, Progress

CompiledStep = Callable[..., tuple[TrainState, StepResult]]


def compile_step(batches: Batches, state: TrainState) -> tuple[jax.stages.Compiled, float]:
    """Compile a training's step ahead of the first one.

    Returns:
        The step, which reuses the memory of the state that it is given, and the seconds taken.
    """
    started = time.perf_counter()
    arguments = next(batches.epoch(0, 1))  # compiles the order of an epoch, too
    jitted = jax.jit(batches.step(), donate_argnums=0, compiler_options=compiler_options())
    compiled = jitted.lower(state, *arguments).compile()
    return compiled, time.perf_counter() - started


class NonFiniteError(Exception):
    """Something is not finite any more; `fit` turns this into its public error.

    Attributes:
        what: the finding, such as ``"the loss is nan"``.
        position: the step of the epoch after or in which it was found.
        learning_rate: that step's rate, if it is known.
    """

    def __init__(self, what: str, position: int, learning_rate: float | None) -> None:
        self.what, self.position, self.learning_rate = what, position, learning_rate
        super().__init__(what)


@dataclasses.dataclass(frozen=True)
class EpochResult:
    """What an epoch's loop gives back.

    Attributes:
        state: the state after its last step.
        loss: mean over the examples seen.
        accuracy: share of the examples seen that were right, each before its own update; None
            of a regression.
        images: number of examples seen.
        learning_rate: the last step's, if it is known.
        seconds: time that the steps took.
    """

    state: TrainState
    loss: float
    accuracy: float | None
    images: int
    learning_rate: float | None
    seconds: float


def run_epoch(
    step: CompiledStep,
    state: TrainState,
    batches: Generator[tuple[Any, ...]],
    *,
    epoch: int,
    progress: Progress,
    interrupt: Interrupt,
) -> EpochResult:
    """Run the compiled step over one epoch.

    A Python loop: on CPUs it measures faster than one compiled loop over the epoch (see
    `experiments/benchmarks/epoch_loop.py`), and it can be watched and interrupted.

    Args:
        step: from `compile_step`.
        state: the state before the epoch; its memory is reused.
        batches: what the step takes behind the state, one tuple a step; closed in the end.
        epoch: number of the epoch, from 0, as `progress` shows it.
        progress: told of each step.
        interrupt: asked before each step; where requested, the epoch ends there.

    Raises:
        NonFiniteError: if a step's loss, or a weight after the last one, is not finite.
    """
    started = time.perf_counter()
    sums = _Sums()
    in_flight: StepResult | None = None

    def read(result: StepResult) -> None:
        sums.add(result)
        progress.step(epoch + 1, sums.mean_loss, sums.accuracy)

    # An error keeps this frame, and would keep a stream's threads with it.
    with closing(batches):
        for batch in batches:
            if interrupt.requested:
                break
            state, result = step(state, *batch)
            # The numbers of the step before are read while this one runs, so that the device
            # never waits for the host.
            if in_flight is not None:
                read(in_flight)
            in_flight = result
    if in_flight is not None:
        read(in_flight)
    jax.block_until_ready(state)
    seconds = time.perf_counter() - started
    if not all_finite(state.variables):
        raise NonFiniteError("a weight is not finite", sums.steps - 1, sums.learning_rate)
    return EpochResult(
        state, sums.mean_loss, sums.accuracy, sums.images, sums.learning_rate, seconds
    )


class _Sums:
    """An epoch's metrics as they come in, on the host, in float64."""

    def __init__(self) -> None:
        self.loss, self.images, self.steps = 0.0, 0, 0
        self.correct: int | None = None  # as in a regression
        self.learning_rate: float | None = None

    def add(self, result: StepResult) -> None:
        metrics, rate = result
        loss = float(metrics.loss)
        self.learning_rate = None if rate is None else float(rate)
        if not math.isfinite(loss):
            raise NonFiniteError(f"the loss is {loss}", self.steps, self.learning_rate)
        self.loss += loss
        if metrics.correct is not None:
            self.correct = (self.correct or 0) + int(metrics.correct)
        self.images += int(metrics.examples)
        self.steps += 1

    @property
    def mean_loss(self) -> float:
        return self.loss / max(self.images, 1)

    @property
    def accuracy(self) -> float | None:
        return None if self.correct is None else self.correct / max(self.images, 1)


@jax.jit
def all_finite(tree: Any) -> Array:
    """Whether every floating-point number of a tree of arrays is finite."""
    floating = [x for x in jax.tree.leaves(tree) if jnp.issubdtype(x.dtype, jnp.floating)]
    return jnp.array([jnp.isfinite(leaf).all() for leaf in floating]).all()


class NonFiniteLossError(FloatingPointError):
    """The loss, or a weight, became NaN or infinite, and training stopped.

    Attributes:
        run: The network and history after the last epoch in which every loss and every weight
            was finite; the fresh network, if there was none.
        step: Number of the update, from 0, in or after which something was not finite.
        epoch: Number of its epoch, from 1.
        learning_rate: The rate then; None if the optimizer does not show it.
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
            "(optax.clip_by_global_norm). The last good state, that after "
            f"{len(run.history)} whole epochs, is this error's `run`"
        )
