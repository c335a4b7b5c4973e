"""Early ends of a training: by functions of the caller, by limits, and by errors."""

import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path
from typing import Any, TypeVar

import jax
import numpy as np
from jax import Array

from jaxcnn.runs import Run
from jaxcnn.training._learning_step import StepResult
from jaxcnn.training._terminal import Interrupt

Value = TypeVar("Value")

TRACED_STEPS = range(2, 7)
"""The steps of the first epoch that are traced; those before them are slower.

An epoch that ends before them is traced in its last step."""


class StopTraining(Exception):  # noqa: N818 - like Python's StopIteration, it is no error
    """Raise it in `fit(on_epoch=)` or `fit(on_step=)` to end the training.

    `fit` then returns the run with everything that was reached, and ``run.stopped`` is
    ``"StopTraining"``. From `on_epoch`, returning True does the same. From `on_step`, the training
    ends after the step that was begun in the meantime.
    """


BY_CALLER = ("on_epoch", StopTraining.__name__)
"""Reasons of functions of the caller; a training that ended by them stays ended."""


class Stopping:
    """Decides whether a training ends before its last epoch.

    Attributes:
        is_shared: Whether several processes decide together.
        seconds: The time of the steps of the epochs before this one.
        reason: Why a function of the caller ended the training; None: it did not.
        error: What a function of the caller or the data raised; None: nothing.

    Args:
        interrupt: What Ctrl-C or SIGTERM asked for.
        max_seconds: The largest time of the steps; None: no limit.
    """

    is_shared = False

    def __init__(self, interrupt: Interrupt, max_seconds: float | None) -> None:
        self.interrupt, self.max_seconds = interrupt, max_seconds
        self.reason: str | None = None
        self.error: Exception | None = None
        self.seconds = 0.0

    @property
    def requested(self) -> bool:
        """True if the training ends after the current step."""
        return self.interrupt.requested or self.reason is not None or self.error is not None

    def is_late(self, seconds: float) -> bool:
        """Return whether the time is over, after so many seconds of the epoch."""
        return self.max_seconds is not None and self.seconds + seconds >= self.max_seconds

    def call(self, function: Callable[..., Any], *arguments: Any, name: str) -> None:
        """Call a function of the caller, and keep what it asks for or raises."""
        if self.error is not None:
            return
        try:
            if _is_true(function(*arguments)) and name == "on_epoch":
                self.reason = name
        except StopTraining:
            self.reason = StopTraining.__name__
        except Exception as error:
            self.error = error

    def guarded(
        self,
        batches: Generator[tuple[Any, ...]],
        count: int,  # noqa: ARG002 - several processes need it
    ) -> Generator[tuple[Any, ...]]:
        """Yield `count` batches, up to an error of the data, which is kept."""
        with closing(batches):
            try:
                yield from batches
            except Exception as error:
                self.error = error

    @property
    def is_interrupted(self) -> bool:
        """True if a signal has ended the training."""
        return self.interrupt.requested

    def at_once(self) -> AbstractContextManager[None]:
        """Let a signal end a block by StopRequested."""
        return self.interrupt.at_once()

    def arguments(self) -> tuple[Any, ...]:
        """Return what the step takes after the batch."""
        return ()

    def sent(self, *told: Array) -> None:
        """Take what a step that has begun returns after its metrics."""

    def may_save(self, result: StepResult) -> bool:  # noqa: ARG002 - several processes need it
        """Return whether the state after a step is worth saving, as far as this process knows."""
        return True

    def agree(self, seconds: float = 0.0) -> float:
        """Agree with the other processes on whether and why the training ends.

        Args:
            seconds: The time of the epoch's steps.

        Returns:
            The time that counts.
        """
        return seconds

    def agree_or_raise(self) -> None:
        """Agree with the other processes, and raise the error that ends the training, if any."""

    def decide(self, function: Callable[[], bool]) -> bool:
        """Return in all processes what a function returns in process 0."""
        return function()

    def saving(self, function: Callable[[], Value]) -> Value | None:
        """Call a function that saves a checkpoint, or asks whether to save one."""
        return function()

    @property
    def is_void(self) -> bool:
        """True if the last steps were taken without the data that they needed."""
        return False


def _is_true(value: Any) -> bool:
    """Return whether a function returned True, also as a value of NumPy or JAX."""
    is_bool = isinstance(value, bool) or getattr(value, "dtype", None) == np.bool_
    return is_bool and getattr(value, "shape", ()) == () and bool(value)


def attach(error: Exception, run: Run, checkpoints: Path | None) -> None:
    """Give an error the `run` that was reached, and a note that says how to go on."""
    with suppress(AttributeError):  # some errors take no attributes
        error.run = run  # pyright: ignore[reportAttributeAccessIssue]
    if checkpoints is None:
        how = "with checkpoints=, the same call would go on from the last checkpoint"
    else:
        how = f"the same call goes on from the last checkpoint in {checkpoints}"
    error.add_note(
        f"The training ended after step {run.steps}; the `run` of this error has its network and "
        f"history ({how})."
    )


def traced_steps(
    batches: Generator[tuple[Any, ...]], count: int, folder: str | os.PathLike[str] | None
) -> Generator[tuple[Any, ...]]:
    """Yield `count` batches; XLA's profiler traces `TRACED_STEPS` into a folder, unless None."""
    if folder is None:
        yield from batches
        return
    first, is_traced = min(TRACED_STEPS.start, count - 1), False
    try:
        for number, batch in enumerate(batches):
            if number == first:
                jax.profiler.start_trace(os.fspath(folder))
                is_traced = True
            if number == TRACED_STEPS.stop and is_traced:
                jax.profiler.stop_trace()
                is_traced = False
            with jax.profiler.StepTraceAnnotation("fit", step_num=number):
                yield batch
    finally:
        batches.close()
        if is_traced:
            jax.profiler.stop_trace()
