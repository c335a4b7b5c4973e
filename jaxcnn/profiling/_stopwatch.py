"""Times of programs that are run in turn."""

import math
import time
from collections.abc import Callable, Sequence
from statistics import median

import jax

LEAST_SECONDS = 1e-3
"""What takes less is called several times in a row, so that starting and ending count less."""

MOST_CALLS = 100


def seconds_of(programs: Sequence[Callable[[], object]], *, rounds: int) -> list[list[float]]:
    """Time each program in each of several passes over all of them.

    What disturbs the machine for a while then disturbs all alike.

    Args:
        programs: compiled; each returns arrays, which are waited for.
        rounds: number of passes, after two that warm up.

    Returns:
        For each program the seconds of a run, as often as there are rounds.
    """
    for program in programs:
        _seconds(program, 1)
    calls = [
        min(MOST_CALLS, math.ceil(LEAST_SECONDS / _seconds(program, 1))) for program in programs
    ]
    found = [
        [_seconds(program, times) for program, times in zip(programs, calls, strict=True)]
        for _ in range(rounds)
    ]
    return [list(times) for times in zip(*found, strict=True)]


def medians(seconds: Sequence[Sequence[float]]) -> list[float]:
    """The median of each program's times."""
    return [median(times) for times in seconds]


def _seconds(program: Callable[[], object], calls: int) -> float:
    # Other devices work through a queue. CPUs would run several calls at once.
    wait_for_each = jax.default_backend() == "cpu"
    start = time.perf_counter()
    for call in range(calls):
        outputs = program()
        if wait_for_each or call == calls - 1:
            jax.block_until_ready(outputs)
    return (time.perf_counter() - start) / calls
