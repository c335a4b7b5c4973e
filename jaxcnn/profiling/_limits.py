"""What a device can do at best: arithmetic and memory, measured."""

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from jaxcnn.profiling._stopwatch import seconds_of

SMALLEST, LARGEST = 512, 8192
LONG_ENOUGH = 0.01
"""Matrices grow until a product takes so many seconds, or they have the largest side."""

ARRAY_BYTES = 2**27
"""Two such arrays fit in no cache."""


@dataclasses.dataclass(frozen=True)
class Limits:
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
