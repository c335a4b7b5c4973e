"""Time several functions in turn, and estimate the ratios of their times with intervals."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

MIN_ROUNDS = 5
MIN_SLOW_ROUNDS = 3
SLOW_FACTOR = 8.0  # times the fastest
RESAMPLES = 2_000


def interleave(
    calls: Mapping[str, Callable[[], object]],
    *,
    repeats: int,
    seconds: float,
    warm_up: bool = False,
) -> dict[str, list[float]]:
    """Time functions in rounds, in a different order each round.

    Temporary disturbances of the machine then affect all functions. A function that is several
    times slower than the fastest is left out of later rounds, because its ratio is known precisely
    enough.

    Args:
        calls: Functions that return when their work is done.
        repeats: Number of rounds.
        seconds: After this time no new round begins, once there is a minimum number of rounds.
        warm_up: Whether an untimed call precedes each timed call; it always does for short calls.

    Returns:
        The seconds per call of each function, one value per round.
    """
    order = np.random.default_rng(0)
    latest = {name: _seconds(call, 1) for name, call in calls.items()}
    latest = {name: min(latest[name], _seconds(call, 1)) for name, call in calls.items()}
    slow = {name for name in calls if latest[name] > SLOW_FACTOR * min(latest.values())}
    samples: dict[str, list[float]] = {name: [] for name in calls}
    began = time.perf_counter()
    for rounds in range(repeats):
        if rounds >= MIN_ROUNDS and time.perf_counter() - began > seconds:
            break
        for name in order.permutation(list(calls)):
            if name in slow and rounds >= MIN_SLOW_ROUNDS:
                continue
            latest[name] = _sample(calls[name], latest[name], warm_up)
            samples[name].append(latest[name])
    return samples


def _sample(call: Callable[[], object], expected: float, warm_up: bool) -> float:
    """Return the seconds per call, averaged over enough calls to take some milliseconds."""
    if warm_up or expected < 0.05:
        # An untimed call first: the previous library's threads may still be running, and its data
        # fill the caches.
        call()
    return _seconds(call, max(1, min(50, math.ceil(0.005 / expected))))


def _seconds(call: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - started) / times


class Interval(NamedTuple):
    """An estimate with its 95% bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


class Ratio(NamedTuple):
    """The ratio of two medians, and the same ratio in resampled rounds."""

    value: float
    resampled: np.ndarray

    @property
    def interval(self) -> Interval:
        """The ratio with its 95% interval."""
        low, high = np.percentile(self.resampled, (2.5, 97.5))
        return Interval(self.value, float(low), float(high))


def ratio(numerator: list[float], denominator: list[float]) -> Ratio:
    """Return the ratio of the medians of two lists of seconds."""
    rng = np.random.default_rng(0)

    def medians(values: list[float]) -> np.ndarray:
        picks = rng.integers(0, len(values), (RESAMPLES, len(values)))
        return np.median(np.asarray(values)[picks], axis=1)

    value = float(np.median(numerator) / np.median(denominator))
    return Ratio(value, medians(numerator) / medians(denominator))


def geometric_mean(ratios: Iterable[Ratio]) -> Interval:
    """Return the geometric mean of several ratios; its interval includes only measurement noise.

    It does not include the choice of the layers that were measured.
    """
    ratios = list(ratios)
    resampled = np.exp(np.mean([np.log(each.resampled) for each in ratios], axis=0))
    value = math.exp(sum(math.log(each.value) for each in ratios) / len(ratios))
    return Ratio(value, resampled).interval


def spread(samples: list[float]) -> dict[str, float | int]:
    """Return median and quartiles of seconds, for a result file."""
    low, median, high = np.percentile(samples, (25, 50, 75))
    rounded = {"median": median, "low": low, "high": high}
    return {**{key: float(f"{x:.4g}") for key, x in rounded.items()}, "n": len(samples)}
