"""The machine's limits, and the stopwatch for the programs that measure them."""

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from statistics import median

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from jaxcnn._support.results import Result

MIN_SECONDS = 1e-3
"""Shorter programs are run several times in a row, so that the overhead counts less."""

MAX_CALLS = 100


def seconds_of(programs: Sequence[Callable[[], object]], *, rounds: int) -> list[list[float]]:
    """Time programs in turn, in several passes over all of them.

    A temporary disturbance of the machine then affects all programs equally.

    Args:
        programs: Compiled programs. Each returns arrays; the time ends when these are computed.
        rounds: Number of passes, after two passes to warm up.

    Returns:
        One list per program with the seconds of a run in each pass.
    """
    for program in programs:
        _seconds(program, 1)
    calls = [min(MAX_CALLS, math.ceil(MIN_SECONDS / _seconds(program, 1))) for program in programs]
    found = [
        [_seconds(program, times) for program, times in zip(programs, calls, strict=True)]
        for _ in range(rounds)
    ]
    return [list(times) for times in zip(*found, strict=True)]


def medians(seconds: Sequence[Sequence[float]]) -> list[float]:
    """Return the median of each program's times."""
    return [median(times) for times in seconds]


def _seconds(program: Callable[[], object], calls: int) -> float:
    # Other devices run the calls one after another; a CPU would run several at the same time.
    wait_for_each = jax.default_backend() == "cpu"
    start = time.perf_counter()
    for call in range(calls):
        outputs = program()
        if wait_for_each or call == calls - 1:
            jax.block_until_ready(outputs)
    return (time.perf_counter() - start) / calls


MIN_SIDE, MAX_SIDE = 512, 8192
MIN_PRODUCT_SECONDS = 0.01
"""Matrices grow until their product takes this many seconds, or their side is `MAX_SIDE`."""

ARRAY_BYTES = 2**27
"""Two arrays of this size fit in no cache."""


@dataclasses.dataclass(frozen=True)
class Limits(Result):
    """The limits of a device in the roofline model.

    Attributes:
        flops_per_second: Rate of the product of two large matrices, in FLOPs per second.
        bytes_per_second: Memory bandwidth in bytes per second, measured by ``a = a / 2 + b`` on
            large arrays: two arrays are read and one array is written.

    Source: Williams, Waterman and Patterson 2009, *Roofline: An Insightful Visual Performance
    Model for Multicore Architectures*.
    """

    flops_per_second: float
    bytes_per_second: float

    @property
    def ridge(self) -> float:
        """Ridge point, in FLOPs per byte: above it, the limit is arithmetic, and not memory."""
        return self.flops_per_second / self.bytes_per_second

    def attainable(self, intensity: float) -> float:
        """Return the attainable FLOPs per second at an arithmetic intensity (the roof).

        The roof is ``min(flops_per_second, intensity * bytes_per_second)``.

        Args:
            intensity: Arithmetic intensity in FLOPs per byte.

        Example:
            >>> limits = Limits(flops_per_second=100.0, bytes_per_second=10.0)
            >>> limits.attainable(2.0), limits.attainable(50.0)
            (20.0, 100.0)
        """
        return min(self.flops_per_second, intensity * self.bytes_per_second)


@dataclasses.dataclass(frozen=True)
class Probe:
    """A program with a known amount of work.

    Attributes:
        run: The compiled program.
        work: Floating-point operations, or bytes, per run.
    """

    run: Callable[[], object]
    work: float


def product_probe(dtype: DTypeLike) -> Probe:
    """Make a product of two square matrices that are large enough to keep the device busy."""
    side = MIN_SIDE
    while True:
        probe = _product(side, dtype)
        ((seconds,),) = seconds_of([probe.run], rounds=1)
        if seconds >= MIN_PRODUCT_SECONDS or side >= MAX_SIDE:
            return probe
        side *= 2


def copy_probe(dtype: DTypeLike) -> Probe:
    """Make a sum of two arrays that are too large for any cache."""
    shape = (ARRAY_BYTES // jnp.dtype(dtype).itemsize,)
    # In place, because the first use of new memory costs more than the write itself.
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
