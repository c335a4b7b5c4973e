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
from jaxcnn.serving._waiting import Part, Waiting

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


LEAD_S, LEAD_SHARE = 0.003, 0.2
"""The next batch is begun so many seconds before the expected end of a batch, but at most this
share of its time."""

GATHER_SHARE = 0.1
"""After a batch, the network waits for this share of the batch's time for requests of the clients
that have just been answered, unless as many as half of its examples are there already."""

WEIGHT = 0.2
"""Weight of the latest batch in the mean time of its size."""


class Batcher:
    """A queue of examples, for the threads that compute.

    Requests that arrive within `max_delay_s` of each other share a batch. While a batch is
    computed, others wait anyway, and are not delayed any further. A request with many examples is
    divided if that is faster.

    Two threads take turns, so that the network is not idle while Python prepares a batch: the next
    batch is begun shortly before the expected end of the one before, if it has at least half as
    many examples. Otherwise it can grow until the clients that are about to be answered have had
    time to come again. So many clients fall into two groups, which take turns.

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
        self._predictor, self._max_delay_s, self._max_queue = predictor, max_delay_s, max_queue
        self._observe = observe
        self._waiting: deque[Waiting] = deque()
        self._calls: deque[tuple[Callable[[], Any], asyncio.Future[Any]]] = deque()
        self._changed = threading.Condition()
        self._ending = self._called = False
        self._idle = self._running = 0
        self._examples = 0
        self._begins_at = self._ends_at = self._finished_at = self._gathers_until = 0.0
        self._enough = 1
        self._seconds: dict[int, float] = {}

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
                    self._expected_seconds(self._predictor.max_batch)
                    * (self._examples / self._predictor.max_batch),
                )
            self._waiting.append(Waiting(inputs, future, time.monotonic()))
            before, self._examples = self._examples, self._examples + len(inputs)
            reached = (self._enough, self._predictor.max_batch)
            if self._idle or any(before < number <= self._examples for number in reached):
                self._changed.notify_all()
        try:
            return await future
        finally:
            if future.cancelled():
                self._forget(future)

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

    def _forget(self, future: "asyncio.Future[np.ndarray]") -> None:
        """Take what is abandoned out of the queue."""
        with self._changed:
            self._waiting = deque(each for each in self._waiting if each.future is not future)
            self._examples = sum(each.left for each in self._waiting)

    def _next(self) -> Callable[[], None] | None:
        """Wait for work, with the lock; None means that there will be no more."""
        while True:
            if self._calls and not (self._called and self._waiting):
                self._called = True  # the next turn is that of a batch
                function, future = self._calls.popleft()
                return lambda: self._run(function, future)
            if self._waiting:
                delay = self._next_at() - time.monotonic()
                if delay <= 0:
                    return self._take()
                self._changed.wait(None if delay == float("inf") else delay)
            elif self._ending:
                return None
            else:
                self._idle += 1
                self._changed.wait()
                self._idle -= 1

    def _next_at(self) -> float:
        """Return the time at which the next batch should begin."""
        if self._running:
            return self._begins_at if self._examples >= self._enough else float("inf")
        if self._ending or self._examples >= self._predictor.max_batch:
            return 0.0
        if self._examples >= self._enough and time.monotonic() < self._gathers_until:
            return 0.0
        return max(self._waiting[0].arrived + self._max_delay_s, self._gathers_until)

    def _expected_seconds(self, size: int) -> float:
        return self._seconds.get(size, self._predictor.seconds.get(size, 0.0))

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
            filled += count
            if filled == size:
                break
        inputs = np.zeros((size, *fitting[0].inputs.shape[1:]), dtype)
        for request, first, start, stop in parts:
            request.begun = first + stop - start
            inputs[start:stop] = request.inputs[first : request.begun]
        self._waiting = deque(each for each in self._waiting if each.left)
        self._examples -= filled
        self._called = False
        self._begin(size)
        self._enough = -(-filled // 2)
        return lambda: self._compute(inputs, parts, filled)

    def _begin(self, size: int) -> None:
        now = time.monotonic()
        expected = self._expected_seconds(size)
        self._ends_at = (max(now, self._ends_at) if self._running else now) + expected
        self._begins_at = self._ends_at - min(LEAD_S, LEAD_SHARE * expected)
        self._running += 1

    def _finish(self, size: int, began: float) -> float:
        """Note the end of a batch, and return its seconds without those of the one before it."""
        with self._changed:
            now = time.monotonic()
            seconds = now - max(began, self._finished_at)
            expected = self._expected_seconds(size)
            self._seconds[size] = expected + WEIGHT * (seconds - expected)
            self._finished_at = now
            self._gathers_until = now + GATHER_SHARE * seconds
            self._running -= 1
            self._changed.notify_all()
            return seconds

    def _compute(self, inputs: np.ndarray, parts: list[Part], filled: int) -> None:
        began = time.monotonic()
        try:
            outputs = self._predictor.predict(inputs)
        except Exception as error:
            LOG.exception("a batch failed")
            failure = RequestError(500, f"prediction: {type(error).__name__}")
            for part in parts:
                _deliver(part.request.future, failure)
            return
        finally:
            seconds = self._finish(len(inputs), began)
        self._observe(filled, seconds)
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
