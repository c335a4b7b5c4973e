"""Call oneDNN often, from many places at once, and look for hangs, wrong values and other bits.

    python experiments/onednn_stress.py                     # 100,000 calls on 4 devices
    python experiments/onednn_stress.py --calls 1000000

oneDNN is called in a way that jaxlib does not document, so it is trusted only with versions of
jaxlib that this script has passed. Programs with convolutions, fused convolutions and both
gradients run in `jax.lax.scan`, under `jax.vmap`, and in `jax.shard_map` over all devices, in two
threads each at the same time. The results must be close to XLA's, and each program must give the
same bits each time. If no program ends for two minutes, the script prints where it hangs, and ends
with status 1.
"""

import dataclasses
import faulthandler
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import tyro
from jax import Array, lax
from jax.sharding import NamedSharding, PartitionSpec

from jaxcnn import functional as F
from jaxcnn.lowering.choice import choose_methods_by
from jaxcnn.lowering.fusion import fuse
from jaxcnn.runs import versions

LENGTH = 10
"""Steps of each scan."""
MEMBERS = 3
"""Members of a vmap."""
MAX_SILENCE = 120.0
"""Seconds without the end of a program that count as a hang."""
TOLERANCE = 1e-4


@dataclasses.dataclass(frozen=True)
class Stress:
    """The options of the script.

    Attributes:
        calls: Number of calls of oneDNN.
        devices: Number of CPU devices.
        out: A folder for the results; None: they are printed.
    """

    calls: int = 100_000
    devices: int = 4
    out: Path | None = None


@dataclasses.dataclass
class Counts:
    """What has happened so far, in all threads.

    Attributes:
        calls: Calls of oneDNN.
        programs: Runs of programs.
        wrong: Those whose values differ from XLA's.
        other_bits: Those whose bits differ from those of the first run.
        failed: Threads that ended by an error.
    """

    calls: int = 0
    programs: int = 0
    wrong: int = 0
    other_bits: int = 0
    failed: int = 0


def train_once(images: Array, kernel: Array) -> tuple[Array, Array]:
    """Run a 3×3 and a 1×1 convolution and all of their gradients: six calls."""

    def forward(images: Array, kernel: Array) -> Array:
        return jnp.tanh(F.conv(jnp.tanh(F.conv(images, kernel)), 3 * kernel[:1, :1]))

    outputs, pull_back = jax.vjp(forward, images, kernel)
    return pull_back(outputs)


def fused(images: Array, kernel: Array) -> Array:
    """Run convolutions and products that include what follows them, in a loop: eight calls."""
    one = jax.ShapeDtypeStruct(images.shape, images.dtype)

    def step(images: Array) -> Array:
        for activation in (jax.nn.relu, jax.nn.silu, jax.nn.gelu, F.exact_gelu):
            images = activation(F.conv(images, kernel) + 0.1 + images) / 2
            images = activation(images @ (3 * kernel[0, 0]) + 0.1 + images) / 2
        return images

    function, constants = fuse(step, one)

    def again(images: Array, _: None) -> tuple[Array, None]:
        return function(constants, images), None

    return lax.scan(again, images, None, LENGTH)[0].ravel()


def in_scan(images: Array, kernel: Array) -> Array:
    """Run `train_once` in a loop."""

    def step(carry: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], None]:
        images, kernel = carry
        of_images, of_kernel = train_once(images, kernel)
        return (images + 0.01 * of_images, kernel - 1e-5 * of_kernel), None

    (images, kernel), _ = lax.scan(step, (images, kernel), None, LENGTH)
    return jnp.concatenate([images.ravel(), kernel.ravel()])


def under_vmap(images: Array, kernel: Array) -> Array:
    """Run `in_scan` for several images with separate kernels."""
    several = jnp.stack([images * (1 + m) for m in range(MEMBERS)])
    return jax.vmap(in_scan)(several, jnp.stack([kernel] * MEMBERS))


def programs(devices: int) -> Iterator[tuple[str, Callable[..., Array], tuple[int, ...], int]]:
    """Yield name, function, shape of the images and calls of each program.

    Under vmap a convolution has groups, or more examples; how often oneDNN is called depends on
    the method for them, so only one call per convolution is counted.
    """
    each = 6 * LENGTH
    yield "scan", in_scan, (16, 8, 8, 16), each
    fixed = jnp.asarray(arrays((16, 8, 8, 16))[1])
    yield "fused", lambda images, _: fused(images, fixed), (16, 8, 8, 16), 8 * LENGTH
    yield "vmap", under_vmap, (16, 6, 6, 16), each
    mesh = jax.make_mesh((devices,), ("devices",))
    split = PartitionSpec("devices")

    def everywhere(images: Array, kernel: Array) -> Array:
        images = jax.device_put(images, NamedSharding(mesh, split))
        return jax.shard_map(
            lambda x, k: in_scan(x, k)[None],
            mesh=mesh,
            in_specs=(split, PartitionSpec()),
            out_specs=split,
            check_vma=False,
        )(images, kernel)

    yield "shard_map", everywhere, (8 * devices, 10, 10, 16), each * devices


def arrays(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return random images and a kernel."""
    rng = np.random.default_rng(0)
    images = rng.normal(size=shape).astype(np.float32)
    return images, (rng.normal(size=(3, 3, shape[-1], shape[-1])) / 12).astype(np.float32)


def count_failure(*program: Any) -> None:
    """Run `repeat`, and count an error that ends it."""
    try:
        repeat(*program)
    except Exception:
        *_, state = program
        with state.lock:
            state.counts.failed += 1
        raise


def repeat(
    name: str, function: Callable[..., Array], shape: tuple[int, ...], each: int, state: "State"
) -> None:
    """Run a program until enough calls were made, and compare its results."""
    operands = arrays(shape)
    first = np.asarray(function(*operands))
    exact = state.expected[name]
    scale = np.abs(exact).max()
    while state.go_on():
        found = np.asarray(function(*operands))
        with state.lock:
            state.counts.calls += each
            state.counts.programs += 1
            state.counts.other_bits += found.tobytes() != first.tobytes()
            state.counts.wrong += not np.abs(found - exact).max() <= TOLERANCE * scale
        faulthandler.dump_traceback_later(MAX_SILENCE, exit=True)


class State:
    """What the threads share."""

    def __init__(self, calls: int, expected: dict[str, np.ndarray]) -> None:
        self.calls, self.expected = calls, expected
        self.counts, self.lock = Counts(), threading.Lock()

    def go_on(self) -> bool:
        """Return whether more calls are to be made."""
        with self.lock:
            return self.counts.calls < self.calls


def main(options: Stress) -> None:
    """Run all programs in two threads each, and end with status 1 if anything went wrong."""
    if os.environ.get("JAXCNN_ONEDNN") != "untested":
        sys.exit("JAXCNN_ONEDNN: expected untested, because this is a test")
    jax.config.update("jax_num_cpu_devices", options.devices)
    faulthandler.dump_traceback_later(2 * MAX_SILENCE, exit=True)
    everything = list(programs(options.devices))
    with choose_methods_by(lambda *_: "xla"):
        expected = {n: np.asarray(jax.jit(f)(*arrays(shape))) for n, f, shape, _ in everything}
    began = time.perf_counter()
    state = State(options.calls, expected)
    with choose_methods_by(lambda *_: "onednn"):
        compiled = [(n, jax.jit(f), shape, each) for n, f, shape, each in everything]
        threads = [
            threading.Thread(target=count_failure, args=(*program, state))
            for program in compiled
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    faulthandler.cancel_dump_traceback_later()
    result = dataclasses.asdict(state.counts) | {
        "devices": options.devices,
        "threads": len(threads),
        "seconds": round(time.perf_counter() - began, 1),
        "versions": versions(),
    }
    text = json.dumps(result, indent=1)
    print(text)
    if options.out is not None:
        (options.out / f"onednn-stress-jaxlib-{result['versions']['jaxlib']}.json").write_text(
            text + "\n"
        )
    counts = state.counts  # a thread that ended by an error made no calls
    is_short = counts.calls < options.calls or counts.failed > 0
    sys.exit(is_short or counts.wrong + counts.other_bits > 0)


if __name__ == "__main__":
    main(tyro.cli(Stress, description=__doc__))
