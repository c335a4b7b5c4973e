"""Count the sums over devices in a training step, and time such sums alone.

    jaxcnn launch -n 2 experiments/benchmarks/messages.py              # between two processes
    JAX_NUM_CPU_DEVICES=2 python experiments/benchmarks/messages.py    # between two devices

A step of `cifar_small` is compiled; each array of an all-reduce counts as one message. Then arrays
are summed, several in one program, and the median of 50 calls is printed.
"""

import re
import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import PartitionSpec as P

import jaxcnn
from jaxcnn.data import Dataset
from jaxcnn.inference import BATCH, batch_mesh
from jaxcnn.training._loop import lower_step
from jaxcnn.training._plan import Plan
from jaxcnn.training._setup import set_up_training

ROUNDS = 50
PROGRAMS = {"1 of 400 B": [100], "20 of 400 B": [100] * 20, "1 of 4 MB": [1_000_000]}


def messages() -> int:
    """Count the arrays that the devices sum in a step."""
    drawn = np.random.default_rng(0)
    images = drawn.integers(0, 256, (128, 32, 32, 3)).astype(np.uint8)
    data = Dataset(images, drawn.integers(0, 10, 128), tuple("abcdefghij"))
    network = jaxcnn.models.cifar_small(10)
    setup = set_up_training(network, data, Plan(batch_size=128), everywhere=True)
    program = lower_step(setup.batches, setup.copy_for_step(setup.state)).compile().as_text() or ""
    return sum(found.count("[") for found in re.findall(r"= (.*) all-reduce\(", program))


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
    """Count, time and print."""
    jaxcnn.distributed.start()
    counted = messages()
    timed = {name: milliseconds(sizes) for name, sizes in PROGRAMS.items()}
    if jaxcnn.distributed.is_first():
        print(f"{jax.device_count()} devices, {jax.process_count()} processes")
        print(f"a step of cifar_small: {counted} messages")
        for name, value in timed.items():
            print(f"{name}: {value:.2f} ms")


if __name__ == "__main__":
    main()
