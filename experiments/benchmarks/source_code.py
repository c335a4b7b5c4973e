"""Compare LeNet-5 as a C header and as a Python file with LeNet-5 in JAX.

    python experiments/benchmarks/source_code.py --out experiments/results/source_code

The header is compiled by cc, once as the page says and once for this machine's instructions. Timed
in turn, in one thread:

- C: one image after another through `NAME_predict`, called in a loop of C;
- NumPy: `logits` of the Python file, with one image and with a batch;
- JAX: `Network.compile`, with one image and with the same batch, on one device.
"""

import ctypes
import dataclasses
import importlib.util
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from _results import facts, write_json
from _timing import interleave, spread
from _untrained import untrained

import jaxcnn
from jaxcnn.inference import Network

SHAPE = (32, 32, 1)
FLAGS = {"C, -O2": ("-O2",), "C, -O3 -march=native": ("-O3", "-march=native")}
SOURCE = """
#define NET_IMPLEMENTATION
#include "net.h"
void net_all(const unsigned char *images, float *logits, int count) {
    for (int i = 0; i < count; i++)
        net_predict(images + i * NET_INPUTS, logits + i * NET_OUTPUTS);
}
"""


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        batch_size: Images of a batch.
        repeats: Number of rounds.
        out: Folder for `lenet5.json`.
    """

    batch_size: int = 360
    repeats: int = 15
    out: Path | None = None


def compiled(folder: Path, name: str, images: np.ndarray) -> Callable[[], np.ndarray]:
    """Return a call of the header's function for all images."""
    library = folder / f"{abs(hash(name))}.so"
    command = ["cc", "-std=c99", *FLAGS[name], "-fPIC", "-shared", "-o", library, "net.c", "-lm"]
    subprocess.run(command, cwd=folder, check=True)
    function = ctypes.CDLL(str(library)).net_all
    logits = np.zeros((len(images), 10), np.float32)

    def call() -> np.ndarray:
        function(*(ctypes.c_void_p(each.ctypes.data) for each in (images, logits)), len(images))
        return logits

    return call


def module(path: Path) -> Any:
    """Import a Python file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def main(config: Config) -> None:
    jaxcnn.set_up(1, cache=False)
    network, size = untrained(jaxcnn.models.lenet5(), SHAPE), config.batch_size
    images = np.random.default_rng(0).integers(0, 256, (size, *SHAPE), np.uint8)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        header = jaxcnn.export.c(network, folder / "net.h")
        file = jaxcnn.export.numpy(network, folder / "net.py")
        print(header, file, sep="\n")
        (folder / "net.c").write_text(SOURCE)
        python, jax_one, jax_all = module(file.path), *map(network_of(network), (1, size))
        calls = {each: compiled(folder, each, images) for each in FLAGS}
        calls |= {
            "NumPy, one image": lambda: python.logits(images[:1]),
            f"NumPy, {size} images": lambda: python.logits(images),
            "JAX, one image": lambda: jax_one(images[:1]),
            f"JAX, {size} images": lambda: jax_all(images),
        }
        counts = {each: 1 if each.endswith("one image") else size for each in calls}
        expected = network.logits(images)
        errors = {each: error(call(), expected[: counts[each]]) for each, call in calls.items()}
        samples = interleave(calls, repeats=config.repeats, seconds=120)
    found = {}
    for each, values in samples.items():
        found[each] = spread([value / counts[each] for value in values])
        times = "{median:.2e} s ({low:.2e} to {high:.2e})".format(**found[each])
        print(f"{each:22} {times} per image, error {errors[each]:.1e}")
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "jaxlib", "numpy"))
        compiler = subprocess.check_output(["cc", "--version"], text=True).splitlines()[0]
        sizes = {"header": header.bytes, "buffer": header.buffer, "python": file.bytes}
        results = {"compiler": compiler, "bytes": sizes, "seconds": found, "errors": errors}
        write_json(config.out / "lenet5.json", about | results)


def network_of(network: Network) -> Callable[[int], Callable[[np.ndarray], np.ndarray]]:
    """Return what compiles a network for a batch size."""

    def call(batch_size: int) -> Callable[[np.ndarray], np.ndarray]:
        made = network.compile(batch_size=batch_size)
        return lambda images: np.asarray(made.logits(images))

    return call


def error(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the norm of the difference over the norm."""
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))
