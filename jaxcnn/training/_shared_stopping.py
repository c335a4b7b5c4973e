"""Early ends of a training in several processes: all end after the same step, for one reason."""

import math
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, nullcontext
from itertools import repeat
from typing import Any

import jax
import numpy as np
from jax import Array
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxcnn._support.texts import error_text
from jaxcnn.distributed import ProcessError, all_gather, from_first
from jaxcnn.inference import own_share, split_batch
from jaxcnn.training._learning_step import StepResult
from jaxcnn.training._stopping import Stopping, Value
from jaxcnn.training._terminal import Interrupt, StopRequested

GO_ON, END, VOID = range(3)
"""What a process wishes: to take the next step, to end after it, or to end because it lacks the
data of this step. The largest wish counts."""

NEVER = -3e38
"""A loss that no batch has."""


def wish(mesh: Mesh, what: int) -> Array:
    """Return what this process wishes, as an argument of the step: one number per device."""
    own: Any = own_share(mesh, np.full(mesh.size, what, np.int32))
    return split_batch(mesh, own)


def telling_all(step: Callable[..., tuple[Any, Any]], mesh: Mesh) -> Callable[..., Any]:
    """Let a step also return the largest wish of all processes.

    So they agree on the way, without waiting for each other once more.
    """
    everywhere = NamedSharding(mesh, PartitionSpec())

    def told(state: Any, *arguments: Any) -> tuple[Any, Any, Array]:
        *batch, wishes = arguments
        state, result = step(state, *batch)
        # Computed after the step's own sums: on CPUs, two sums at the same time can wait for each
        # other forever if one of them is in a loop, as with `accumulate_steps`.
        wishes += (result.metrics.loss == NEVER).astype(wishes.dtype)
        return state, result, jax.lax.with_sharding_constraint(wishes.max(), everywhere)

    return told


class SharedStopping(Stopping):
    """Decides together with the other processes whether a training ends before its last epoch.

    What a process wishes goes into the next step, and all processes read the answer at the same
    place: before they begin the step after the next, when the answer is there already. At the end
    of an epoch, `agree` tells all why.

    Args:
        interrupt: What Ctrl-C or SIGTERM asked for.
        max_seconds: The largest time of the steps; None: no limit.
        mesh: The devices of all processes.
        example: A function that returns arguments of the step, such as a batch.
    """

    is_shared = True

    def __init__(
        self,
        interrupt: Interrupt,
        max_seconds: float | None,
        mesh: Mesh,
        example: Callable[[], tuple[Any, ...]],
    ) -> None:
        super().__init__(interrupt, max_seconds)
        self._example = example
        self._wishes = {what: wish(mesh, what) for what in (GO_ON, END, VOID)}
        self._is_late = self._has_no_data = self._is_interrupted = False
        self._answers: list[Array] = []
        self._answer = GO_ON

    @property
    def requested(self) -> bool:
        """True if all processes end the training after the current step."""
        while len(self._answers) > 1:  # that of the step in flight is not there yet
            self._answer = max(self._answer, int(self._answers.pop(0)))
        return self._answer != GO_ON

    @property
    def is_void(self) -> bool:
        """True if the last steps were taken without the data that they needed."""
        return VOID in (self._answer, *map(int, self._answers))

    @property
    def is_interrupted(self) -> bool:
        """True if all processes know of a signal that has ended the training."""
        return self._is_interrupted

    def is_late(self, seconds: float) -> bool:
        """Wish to end if the time is over; returns False, because the others do not know."""
        self._is_late = self._is_late or super().is_late(seconds)
        return False

    def guarded(
        self, batches: Generator[tuple[Any, ...]], count: int
    ) -> Generator[tuple[Any, ...]]:
        """Yield `count` batches; after an error of the data, which is kept, one in their place.

        The other processes wait for this one in the steps that they have begun.
        """
        last, left = None, count
        with closing(batches):
            try:
                for batch in batches:
                    last, left = batch, left - 1
                    yield batch
            except Exception as error:
                self.error, self._has_no_data = error, True
        if self._has_no_data:
            yield from repeat(self._example() if last is None else last, left)

    def at_once(self) -> AbstractContextManager[None]:
        """Raise StopRequested if all know of a signal; the block is not interrupted by one."""
        if self._is_interrupted:
            raise StopRequested
        return nullcontext()

    def arguments(self) -> tuple[Any, ...]:
        """Return what this process wishes."""
        if self._has_no_data:
            return (self._wishes[VOID],)
        return (self._wishes[END if self._is_late or super().requested else GO_ON],)

    def sent(self, *told: Array) -> None:
        """Take the answer of a step that has begun."""
        self._answers += told

    def may_save(self, result: StepResult) -> bool:
        """Return whether a step had its data, and a finite loss.

        Otherwise the training ends, but not now, when only process 0 looks.
        """
        return not self.is_void and math.isfinite(float(result.metrics.loss))

    def agree(self, seconds: float = 0.0) -> float:
        """Agree with the other processes on whether and why the training ends.

        Args:
            seconds: The time of the epoch's steps.

        Returns:
            The longest time of a process.
        """
        self._answer = max(self._answer, *map(int, self._answers), GO_ON)
        self._answers = []
        told = all_gather(
            {
                "interrupted": self.interrupt.requested,
                "terminate": self.interrupt.terminate,
                "reason": self.reason,
                "error": None if self.error is None else error_text(self.error),
                "seconds": seconds,
            }
        )
        self._is_interrupted = any(each["interrupted"] for each in told)
        self.interrupt.requested |= self._is_interrupted
        self.interrupt.terminate |= any(each["terminate"] for each in told)
        self.reason = next((each["reason"] for each in told if each["reason"]), None)
        failed = [(i, each["error"]) for i, each in enumerate(told) if each["error"] is not None]
        if failed and self.error is None:
            self.error = ProcessError(*failed[0])
        return max(each["seconds"] for each in told)

    def agree_or_raise(self) -> None:
        """Agree with the other processes, and raise the error that ends the training, if any."""
        self.agree()
        if self.error is not None:
            raise self.error

    def decide(self, function: Callable[[], bool]) -> bool:
        """Return in all processes what a function returns in process 0."""
        answer = bool(self.saving(function))
        # Two programs that communicate must not run at the same time: on CPUs, they get mixed up.
        jax.block_until_ready(self._answers)
        return from_first(answer)

    def saving(self, function: Callable[[], Value]) -> Value | None:
        """Call a function that saves a checkpoint, and keep what it raises."""
        try:
            return function()
        except Exception as error:
            self.error = self.error or error
            return None


def stopping_for(
    mesh: Mesh,
    interrupt: Interrupt,
    max_seconds: float | None = None,
    example: Callable[[], tuple[Any, ...]] = tuple,
) -> Stopping:
    """Return what decides whether a training ends early: with several processes, all together.

    Args:
        mesh: The devices.
        interrupt: What Ctrl-C or SIGTERM asked for.
        max_seconds: The largest time of the steps; None: no limit.
        example: A function that returns arguments of the step, such as a batch.
    """
    if not mesh.is_multi_process:
        return Stopping(interrupt, max_seconds)
    return SharedStopping(interrupt, max_seconds, mesh, example)
