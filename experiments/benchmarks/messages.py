"""Time sums of arrays over devices, many in one program.

    jaxcnn launch -n 2 experiments/benchmarks/messages.py              # between two processes
    JAX_NUM_CPU_DEVICES=2 python experiments/benchmarks/messages.py    # between two devices

The median of 50 calls is printed.
"""

import statistics
import time

import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec as P

import jaxcnn
from jaxcnn.inference import BATCH, batch_mesh

ROUNDS = 50
PROGRAMS = {"1 of 400 B": [100], "20 of 400 B": [100] * 20, "1 of 4 MB": [1_000_000]}


def milliseconds(sizes: list[int]) -> float:
    """Time a program that sums arrays of these sizes over all devices."""

    def total(arrays: list[jax.Array]) -> list[jax.Array]:
        return [jax.lax.psum(array + jax.lax.axis_index(BATCH), BATCH) for array in arrays]

    mesh = batch_mesh(everywhere=True)
    call = jax.jit(jax.shard_map(total, mesh=mesh, in_specs=P(), out_specs=P()))
    arrays = jax.block_until_ready(call([jnp.ones(size) for size in sizes]))
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        jax.block_until_ready(call(arrays))
        seconds.append(time.perf_counter() - started)
    return 1e3 * statistics.median(seconds)


def main() -> None:
    """Time and print."""
    jaxcnn.distributed.start()
    timed = {name: milliseconds(sizes) for name, sizes in PROGRAMS.items()}
    if jaxcnn.distributed.is_first():
        print(f"{jax.device_count()} devices, {jax.process_count()} processes")
        for name, value in timed.items():
            print(f"{name}: {value:.2f} ms")


if __name__ == "__main__":
    main()
