"""Compare the time of `import jaxcnn` and of `fit` on digits between two checkouts.

    python experiments/benchmarks/two_commits.py --before CHECKOUT --out experiments/results/house

Each measurement runs in a new process, and the two checkouts take turns in random order. Printed
are the median seconds and quartiles of each, and the ratio with its 95% bootstrap interval. Each
checkout has a folder of compiled programs, so that training is timed: the steps of two epochs
without compiling, and the whole call.
"""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import tyro
from _results import cores, facts, write_json
from _timing import ratio, spread

HERE = Path(__file__).parents[2]

IMPORT = """
import time
import jax, flax.nnx, optax, safetensors.numpy, tqdm  # packages that both import
started = time.perf_counter()
import jaxcnn
print({"import": time.perf_counter() - started})
"""

FIT = """
import json, time
import jax, jaxcnn
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
net, data = jaxcnn.models.cifar_small(10), jaxcnn.data.digits()
train = jaxcnn.data.to_shape(data.train, (32, 32, 1), method="bilinear")
started = time.perf_counter()
run = jaxcnn.fit(net, train, epochs=3, batch_size=64, progress=False)
whole = time.perf_counter() - started
print(json.dumps({"steps": sum(logs["seconds"] for logs in run.history[1:]), "fit": whole}))
"""


@dataclasses.dataclass(frozen=True)
class Config:
    """What to compare.

    Attributes:
        before: Path of a checkout of the other commit.
        repeats: Number of measurements of each checkout.
        out: Folder for `two_commits.json`.
    """

    before: Path
    repeats: int = 7
    out: Path | None = None


def measure(checkout: Path, program: str, cache: str) -> dict[str, float]:
    """Run a program on a checkout in a new process, and return the times that it prints."""
    environment = os.environ | {
        "PYTHONPATH": str(checkout),
        "JAX_NUM_CPU_DEVICES": str(cores()),
        "JAX_COMPILATION_CACHE_DIR": cache,
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.replace("'", '"'))


def main(config: Config) -> None:
    sides = {"before": config.before.resolve(), "now": HERE}
    seconds: dict[str, dict[str, list[float]]] = {}
    order = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as caches:
        for repeat in range(config.repeats + 1):
            for side in order.permutation(list(sides)):
                cache = str(Path(caches) / str(side))
                for program in (IMPORT, FIT):
                    for what, found in measure(sides[str(side)], program, cache).items():
                        if repeat > 0:  # the first measurement warms up, and fills the cache
                            seconds.setdefault(what, {}).setdefault(str(side), []).append(found)
    results = {}
    for what, found in seconds.items():
        slower = ratio(found["now"], found["before"]).interval
        results[what] = {side: spread(times) for side, times in found.items()}
        results[what]["ratio"] = [round(x, 3) for x in slower]
        medians = ", ".join(f"{side} {np.median(times):.3f} s" for side, times in found.items())
        print(f"{what:7} {medians}: {slower} times as long")
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "jaxlib", "flax", "optax"))
        write_json(config.out / "two_commits.json", about | {"n": config.repeats} | results)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))
