"""Time training on one device and on several, and compare the cost model with published speeds.

    python experiments/benchmarks/scaling.py --out experiments/results/scaling
    python experiments/benchmarks/scaling.py --published
    python experiments/benchmarks/scaling.py --decode

The first form trains a network on noise, with as many cores as devices, in new processes that take
turns. Weak scaling keeps the images per device, strong scaling the images per step. Printed are the
median time of a step, the quartiles, and the scaling efficiency with its 95% bootstrap interval: 1
means that n devices are n times as fast as one. With `--processes`, the devices are also those of
several processes of one device each.

`--published` prints the tables of `docs/scaling.md`: what the cost model knows of chips, what it
predicts for ResNet-50, and its predictions of published runs. `--decode` measures how many JPEG
files a core reads, decodes and resizes.

The devices of one machine share its memory and caches, and no network is between them. So these
numbers show what the program itself costs, such as splitting batches, adding up gradients and
waiting for each other, and nothing about networks.
"""

import dataclasses
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tyro
from _published_scaling import chip_table, data_sheet_table, published_table, resnet50_table
from _results import cores, facts, write_json
from _timing import ratio, spread

WORKER = Path(__file__).with_name("_scaling_worker.py")


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        model: A network of the zoo for 32×32 images.
        devices: Numbers of devices to compare with one; None for the number of cores.
        batch_size: Images per step on one device; on several, per device or in all.
        steps: Steps per epoch.
        repeats: Number of rounds, each of two timed epochs per kind.
        processes: Also train in as many processes as devices.
        published: Print predictions of published runs instead.
        decode: Measure the decoding rate of a core instead.
        out: Folder for `scaling.json`.
    """

    model: str = "cifar_small"
    devices: tuple[int, ...] | None = None
    batch_size: int = 128
    steps: int = 40
    repeats: int = 7
    processes: bool = False
    published: bool = False
    decode: bool = False
    out: Path | None = None


@dataclasses.dataclass(frozen=True)
class Kind:
    """One way to train: how many devices, in how many processes, with which batch."""

    name: str
    devices: int
    processes: int
    batch_size: int


def kinds(config: Config) -> list[Kind]:
    """List one device first, then weak and strong scaling on several."""
    one = Kind("one device", 1, 1, config.batch_size)
    found = [one]
    for devices in config.devices or (cores(),):
        for processes in (1, devices) if config.processes else (1,):
            where = f"{devices} devices" if processes == 1 else f"{devices} processes"
            found.append(Kind(f"weak, {where}", devices, processes, devices * config.batch_size))
            found.append(Kind(f"strong, {where}", devices, processes, config.batch_size))
    return found


def seconds_of(kind: Kind, config: Config) -> list[float]:
    """Return the seconds per step of two epochs in new processes."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "seconds.json"
        request = dataclasses.asdict(kind) | {
            "model": config.model,
            "steps": config.steps,
            "out": str(out),
        }
        launcher = ["-m", "jaxcnn", "launch", "-n", str(kind.processes), "--devices", "1"]
        start = launcher if kind.processes > 1 else []
        command = [sys.executable, *start, str(WORKER), json.dumps(request)]
        subprocess.run(command, check=True, env=os.environ | {"JAX_PLATFORMS": "cpu"})
        return json.loads(out.read_text())


def measure(config: Config) -> None:
    if config.processes and importlib.util.find_spec("jaxcnn.distributed") is None:
        raise SystemExit("--processes: this version of jaxcnn has no jaxcnn.distributed")
    if max(config.devices or (1,)) > cores():
        raise SystemExit(f"--devices: expected at most one per core, {cores()}")
    compared = kinds(config)
    samples: dict[str, list[float]] = {kind.name: [] for kind in compared}
    order = np.random.default_rng(0)
    for _ in range(config.repeats):
        for index in order.permutation(len(compared)):
            samples[compared[index].name] += seconds_of(compared[index], config)
    report(config, compared, samples)


def report(config: Config, compared: list[Kind], samples: dict[str, list[float]]) -> None:
    one = compared[0]
    print(f"{config.model}, {config.batch_size} images per step on one device")
    results = {}
    for kind in compared:
        found = spread(samples[kind.name])
        # Images per second and device, relative to one device.
        share = kind.batch_size / one.batch_size / kind.devices
        faster = ratio(samples[one.name], samples[kind.name]).interval
        efficiency = [round(share * value, 3) for value in faster]
        results[kind.name] = {"seconds": found, "efficiency": efficiency}
        print(
            f"{kind.name:20} {1e3 * found['median']:8.2f} ms ({1e3 * found['low']:.2f} to "
            f"{1e3 * found['high']:.2f}), efficiency {efficiency[0]:.2f} ({efficiency[1]:.2f} to "
            f"{efficiency[2]:.2f})"
        )
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "jaxlib", "flax", "optax"))
        write_json(config.out / "scaling.json", about | {"kinds": results})


def decode_rate(files: int = 80, repeats: int = 5) -> None:
    """Print how many JPEG files of 500×375 pixels a core reads, decodes and resizes per second."""
    from jaxcnn.data import image_folder

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(files):
            path = Path(folder) / "ab"[number % 2] / f"{number:03}.jpg"
            path.parent.mkdir(exist_ok=True)
            photo(rng).save(path, quality=90)
        sizes = [path.stat().st_size for path in Path(folder).rglob("*.jpg")]
        part = image_folder(folder, (224, 224), stream=True).train
        seconds = []
        for _ in range(repeats):
            started = time.perf_counter()
            part.read(np.arange(len(part)))
            seconds.append(time.perf_counter() - started)
        rate = len(part) / float(np.median(seconds))
        print(f"{rate:.0f} files of {np.mean(sizes) / 1e3:.0f} kB per second on one core")


def photo(rng: np.random.Generator):
    """Make a picture whose JPEG file is as large as those of photographs: smooth, with noise."""
    from PIL import Image

    colors = Image.fromarray(rng.integers(0, 256, (48, 64, 3), np.uint8))
    smooth = np.asarray(colors.resize((500, 375), Image.Resampling.BICUBIC), np.float32)
    noisy = smooth + rng.normal(0, 14, smooth.shape)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def main(config: Config) -> None:
    if config.published:
        for table in (chip_table, resnet50_table, data_sheet_table, published_table):
            print(f"{table()}\n")
    elif config.decode:
        decode_rate()
    else:
        measure(config)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))
