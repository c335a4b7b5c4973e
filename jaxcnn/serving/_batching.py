"""`Batcher`: threads that compute batches of what several requests ask for."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import numpy as np

from jaxcnn.serving._errors import RequestError, busy
from jaxcnn.serving._pace import Pace
from jaxcnn.serving._waiting import Part, WaitingRequest

LOG = logging.getLogger("jaxcnn.serving")


class Predictor(Protocol):
    """A network for batches of some sizes, such as `Programs`."""

    max_batch: int

    @property
    def seconds(self) -> Mapping[int, float]:
        """The time of a batch by its size, measured before."""
        ...

    def size_for(self, waiting: int) -> int:
        """Return the size of the next batch if so many examples wait."""
        ...

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Predict a batch of one of these sizes."""
        ...


class Batcher:
    """A queue of examples, for the threads that compute.

    Requests that arrive within `max_delay_s` of each other share a batch. While a batch is
    computed, others wait anyway, and are not delayed any further. A request with many examples is
    divided if that is faster.

    Two threads compute, so that the cores are not idle while Python prepares a batch and answers
    the one before. `Pace` says when the next batch begins.

    Args:
        predictor: The network.
        max_delay_s: Longest time for which an idle network waits for more examples, in seconds.
        max_queue: Most examples that wait.
        observe: A function of a batch's examples and seconds, called after each batch.
    """

    def __init__(
        self,
        predictor: Predictor,
        *,
        max_delay_s: float,
        max_queue: int,
        observe: Callable[[int, float], None],
    ) -> None:
        self._predictor, self._max_queue, self._observe = predictor, max_queue, observe
        self._pace = Pace(predictor.seconds, predictor.max_batch, max_delay_s)
        self._waiting: deque[WaitingRequest] = deque()
        self._calls: deque[tuple[Callable[[], Any], asyncio.Future[Any]]] = deque()
        self._changed = threading.Condition()
        self._ending = self._called = False
        self._idle = self._examples = 0

    @property
    def queue_length(self) -> int:
        """The number of examples that wait for a batch."""
        return self._examples

    async def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return the predictions for checked inputs, ``(N, classes)``.

        Raises:
            RequestError: If the queue is full.
        """
        future = asyncio.get_running_loop().create_future()
        with self._changed:
            if self._examples + len(inputs) > self._max_queue:
                raise busy(
                    f"queue: expected at most {self._max_queue} waiting examples, got "
                    f"{self._examples + len(inputs)} (try again later)",
                    self._pace.seconds_for(self._examples),
                )
            self._waiting.append(WaitingRequest(inputs, future, time.monotonic()))
            before, self._examples = self._examples, self._examples + len(inputs)
            numbers = self._pace.thresholds
            if self._idle or any(before < number <= self._examples for number in numbers):
                self._changed.notify_all()
        try:
            return await future
        except BaseException:  # also if it takes too long, and the task is cancelled
            with self._changed:
                self._forget(future)
            raise

    async def call(self, function: Callable[[], Any]) -> Any:
        """Call a function between two batches, in the same thread, and return its result."""
        future = asyncio.get_running_loop().create_future()
        with self._changed:
            if len(self._calls) >= self._predictor.max_batch:
                raise busy(
                    f"queue: expected fewer than {len(self._calls)} explanations that wait, got as "
                    "many (try again later)",
                    1,
                )
            self._calls.append((function, future))
            self._changed.notify_all()
        return await future

    def end(self) -> None:
        """Let the threads end after all that waits is computed."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()

    def work(self) -> None:
        """Compute batches until `end` is called; the body of each thread."""
        while True:
            with self._changed:
                work = self._next()
            if work is None:
                return
            work()

    def _forget(self, *futures: "asyncio.Future[np.ndarray]") -> None:
        """Take what nobody waits for out of the queue, with the lock."""
        self._waiting = deque(each for each in self._waiting if each.future not in futures)
        self._examples = sum(each.left for each in self._waiting)

    def _next(self) -> Callable[[], None] | None:
        """Wait for work, with the lock; None means that there will be no more."""
        while True:
            if self._calls and not (self._called and self._waiting):
                self._called = True  # the next turn is that of a batch
                function, future = self._calls.popleft()
                return lambda: self._run(function, future)
            if self._waiting:
                arrived = self._waiting[0].arrived
                delay = self._pace.seconds_until_next(self._examples, arrived)
                if delay == 0 or self._ending:
                    return self._take()
                self._changed.wait(delay)
            elif self._ending:
                return None
            else:
                self._idle += 1
                self._changed.wait()
                self._idle -= 1

    def _take(self) -> Callable[[], None]:
        """Take a batch of one dtype out of the queue."""
        dtype = self._waiting[0].inputs.dtype
        fitting = [each for each in self._waiting if each.inputs.dtype == dtype]
        size = self._predictor.size_for(sum(each.left for each in fitting))
        parts: list[Part] = []
        filled = 0
        for each in fitting:
            count = min(each.left, size - filled)
            parts.append(Part(each, each.begun, filled, filled + count))
            each.begun += count
            filled += count
            if filled == size:
                break
        inputs = np.zeros((size, *fitting[0].inputs.shape[1:]), dtype)
        for request, first, start, stop in parts:
            inputs[start:stop] = request.inputs[first : first + stop - start]
        self._waiting = deque(each for each in self._waiting if each.left)
        self._examples -= filled
        self._called = False
        work_before = self._pace.begin(size, filled)
        return lambda: self._compute(inputs, parts, filled, work_before)

    def _compute(
        self, inputs: np.ndarray, parts: list[Part], filled: int, work_before: float
    ) -> None:
        began = time.monotonic()
        try:
            outputs = self._predictor.predict(inputs)
        except Exception as error:
            LOG.exception("a batch failed")
            self._fail(parts, RequestError(500, f"prediction: {type(error).__name__}"))
            return
        finally:
            ended = time.monotonic()
            with self._changed:
                self._pace.finish(len(inputs), work_before)
                self._changed.notify_all()
        self._answer(parts, outputs)
        try:
            self._observe(filled, ended - began)
        except Exception:  # which would end the thread
            LOG.exception("a batch was not counted")

    def _fail(self, parts: list[Part], failure: RequestError) -> None:
        """Answer all requests of a batch by an error, and take their rest out of the queue."""
        futures = [part.request.future for part in parts]
        with self._changed:
            self._forget(*futures)
        for future in futures:
            _deliver(future, failure)

    def _answer(self, parts: list[Part], outputs: np.ndarray) -> None:
        """Answer the requests of a batch that have all their predictions now."""
        with self._changed:  # of a request, another thread may have the other examples
            for request, first, start, stop in parts:
                request.parts[first] = outputs[start:stop]
            ready = [part.request for part in parts if part.request.is_done]
        done = [(request.future, request.predictions) for request in ready]
        if done:  # the event loop is woken once per batch
            _on_loop_of(done[0][0], lambda: [_set(*pair) for pair in done])

    def _run(self, function: Callable[[], Any], future: "asyncio.Future[Any]") -> None:
        if future.cancelled():
            return
        try:
            _deliver(future, function())
        except Exception as error:
            _deliver(future, error)


def _deliver(future: "asyncio.Future[Any]", result: Any) -> None:
    _on_loop_of(future, lambda: _set(future, result))


def _on_loop_of(future: "asyncio.Future[Any]", function: Callable[[], Any]) -> None:
    with suppress(RuntimeError):  # the loop was closed, and nobody waits any more
        future.get_loop().call_soon_threadsafe(function)


def _set(future: "asyncio.Future[Any]", result: Any) -> None:
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
