"""`Pace`: when the next batch should begin."""

import time
from collections.abc import Mapping

LEAD_S, LEAD_SHARE = 0.003, 0.2
"""The next batch is begun so many seconds before the expected end of a batch, but at most this
share of its time."""

GATHER_SHARE = 0.1
"""After a batch, the network waits for this share of the batch's time for requests of the clients
that have just been answered, unless as many as half of its examples are there already."""

WEIGHT = 0.2
"""Weight of the latest batch in the mean time of its size."""


class Pace:
    """The times of the batches that are computed, and the time at which the next should begin.

    While a batch is computed, another one with half of the largest size begins at once: so the
    cores are busy while Python answers the requests of one of the two. A smaller one begins shortly
    before the expected end of the one before, if it has at least half as many examples. Otherwise
    it can grow until the clients that are about to be answered have had time to come again. After
    that, an idle network waits for `max_delay_s`.

    Threads must hold the lock of the queue when they call a method.

    Args:
        seconds: The time of a batch by its size, measured before.
        max_batch: The largest batch.
        max_delay_s: Longest time for which an idle network waits for more examples, in seconds.
    """

    def __init__(self, seconds: Mapping[int, float], max_batch: int, max_delay_s: float) -> None:
        self._measured, self._max_batch, self._max_delay_s = seconds, max_batch, max_delay_s
        self._means: dict[int, float] = {}
        self._running = 0
        self._begins_at = self._ends_at = self._gathers_until = 0.0
        self._work_s = self._counted_until = 0.0
        self._enough, self._half = 1, -(-max_batch // 2)

    @property
    def thresholds(self) -> tuple[int, int, int]:
        """The numbers of waiting examples that let the next batch begin earlier."""
        return self._enough, self._half, self._max_batch

    def begin(self, size: int, filled: int) -> float:
        """Note that a batch begins.

        Args:
            size: Its size.
            filled: The number of its examples without padding.

        Returns:
            The seconds of work before it, for `finish`.
        """
        now, expected = self._count(), self._expected(size)
        self._ends_at = (max(now, self._ends_at) if self._running else now) + expected
        self._begins_at = self._ends_at - min(LEAD_S, LEAD_SHARE * expected)
        self._running += 1
        self._enough = -(-filled // 2)
        return self._work_s

    def finish(self, size: int, work_before: float) -> None:
        """Note that a batch has ended.

        Args:
            size: Its size.
            work_before: The seconds of work before it, as `begin` returned them. Its own are
                counted from there: of a time in which two batches were computed, each has half.
        """
        now, expected = self._count(), self._expected(size)
        seconds = self._work_s - work_before
        self._means[size] = expected + WEIGHT * (seconds - expected)
        self._gathers_until = now + GATHER_SHARE * seconds
        self._running -= 1

    def seconds_until_next(self, examples: int, arrived: float) -> float | None:
        """Return how long the next batch should wait; None until another one ends.

        Args:
            examples: The number of examples that wait, at least one.
            arrived: The time at which the first of them came.
        """
        now = time.monotonic()
        if self._running:
            if examples >= self._half:
                return 0.0
            return max(self._begins_at - now, 0.0) if examples >= self._enough else None
        if examples >= self._max_batch:
            return 0.0
        if examples >= self._enough and now < self._gathers_until:
            return 0.0
        return max(arrived + self._max_delay_s - now, self._gathers_until - now, 0.0)

    def seconds_for(self, examples: int) -> float:
        """Return how long it takes to compute so many examples."""
        return self._expected(self._max_batch) * examples / self._max_batch

    def _count(self) -> float:
        """Count the time since the last call as that of the batches that ran; return the time."""
        now = time.monotonic()
        if self._running:
            self._work_s += (now - self._counted_until) / self._running
        self._counted_until = now
        return now

    def _expected(self, size: int) -> float:
        return self._means.get(size, self._measured.get(size, 0.0))
