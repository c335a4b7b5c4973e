"""The machine's limits, and the stopwatch for programs that measures them."""

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from statistics import median

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from jaxcnn._support.results import Result

LEAST_SECONDS = 1e-3
"""What takes less is called several times in a row, so that starting and ending count less."""

MAX_CALLS = 100


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
        min(MAX_CALLS, math.ceil(LEAST_SECONDS / _seconds(program, 1))) for program in programs
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


SMALLEST, LARGEST = 512, 8192
LONG_ENOUGH = 0.01
"""Matrices grow until a product takes so many seconds, or they have the largest side."""

ARRAY_BYTES = 2**27
"""Two such arrays fit in no cache."""


@dataclasses.dataclass(frozen=True)
class Limits(Result):
    """A device's roofline.

    Source: Williams, Waterman and Patterson 2009, *Roofline: An Insightful Visual Performance
    Model for Multicore Architectures*.

    Attributes:
        flops_a_second: of the product of two large matrices.
        bytes_a_second: of ``a = a / 2 + b`` on large arrays: two are read and one is written.
    """

    flops_a_second: float
    bytes_a_second: float

    @property
    def ridge(self) -> float:
        """The arithmetic intensity, in FLOPs a byte, from which on arithmetic is the limit."""
        return self.flops_a_second / self.bytes_a_second

    def attainable(self, intensity: float) -> float:
        """FLOPs a second that are possible at an arithmetic intensity: the roof above it.

        Example:
            >>> limits = Limits(flops_a_second=100.0, bytes_a_second=10.0)
            >>> limits.attainable(2.0), limits.attainable(50.0)
            (20.0, 100.0)
        """
        return min(self.flops_a_second, intensity * self.bytes_a_second)


@dataclasses.dataclass(frozen=True)
class Probe:
    """A program whose work is known.

    Attributes:
        run: the compiled program.
        work: floating-point operations, or bytes, of a run.
    """

    run: Callable[[], object]
    work: float


def product_probe(dtype: DTypeLike) -> Probe:
    """The product of two square matrices, as large as it takes to keep the device busy."""
    side = SMALLEST
    while True:
        probe = _product(side, dtype)
        ((seconds,),) = seconds_of([probe.run], rounds=1)
        if seconds >= LONG_ENOUGH or side >= LARGEST:
            return probe
        side *= 2


def copy_probe(dtype: DTypeLike) -> Probe:
    """A sum of two arrays that lie in memory, not in a cache."""
    shape = (ARRAY_BYTES // jnp.dtype(dtype).itemsize,)
    # In place, as memory that is new to the process costs more than writing to it.
    add = jax.jit(lambda a, b: a / 2 + b, donate_argnums=0)
    arrays = [jnp.ones(shape, dtype), jnp.ones(shape, dtype)]
    program = add.lower(*arrays).compile()

    def run() -> jax.Array:
        arrays[0] = program(*arrays)
        return arrays[0]

    return Probe(run, 3 * ARRAY_BYTES)


def _product(side: int, dtype: DTypeLike) -> Probe:
    matrix = jnp.ones((side, side), dtype)
    program = jax.jit(jnp.matmul).lower(matrix, matrix).compile()
    return Probe(lambda: program(matrix, matrix), 2 * side**3)
