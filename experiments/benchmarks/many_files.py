"""Train on a million streamed pictures, and compare memory and start with those of ten thousand.

    python experiments/benchmarks/many_files.py --folder FOLDER --out experiments/results/data

FOLDER gets one folder per number of pictures, with `train/<class>/` and `test/<class>/`: hard links
to a few hundred different pictures of 8×8 pixels, so that a million take little space. What is
there already is used again. A new process per number of pictures lists the files, and trains a
dense layer for one epoch. Measured are:

- `listed`: the seconds that `image_folder(stream=True)` takes;
- `started`: the seconds from there to the first step of `fit`, compilation included;
- `epoch`: the seconds of the other steps;
- `memory`: the most memory in use during these steps, in MiB, sampled at each step.

The goals are to list and start in under 10 s, and to use at most 5% more memory with a million
pictures than with ten thousand.
"""

import dataclasses
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import tyro
from _results import facts, write_json
from PIL import Image

GOAL_SECONDS, GOAL_GROWTH = 10.0, 1.05
CLASSES, DISTINCT, SIDE, TESTED = 100, 256, 8, 1000


@dataclasses.dataclass(frozen=True)
class Config:
    """What to measure.

    Attributes:
        folder: Where to write the pictures.
        counts: Numbers of training pictures; the growth is that from the first to the last.
        batch_size: Images per step.
        checkpoints: Whether the training saves checkpoints, for which it reads all files once.
        out: Folder for `many_files.json`.
        measure: A folder of pictures to measure in this process; used by this script.
    """

    folder: Path
    counts: tuple[int, ...] = (10_000, 1_000_000)
    batch_size: int = 250
    checkpoints: bool = False
    out: Path | None = None
    measure: Path | None = None


def make_pictures(folder: Path, count: int) -> None:
    """Write the pictures, unless they are there."""
    if (folder / "complete").exists():
        return
    sources = folder.with_suffix(".sources")
    sources.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for n in range(DISTINCT):
        pixels = rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(sources / f"{n}.png")
    for part, pictures in (("train", count), ("test", TESTED)):
        for name in range(CLASSES):
            (folder / part / f"class{name:03}").mkdir(parents=True, exist_ok=True)
        for n in range(pictures):
            target = folder / part / f"class{n % CLASSES:03}" / f"img_{n:07}.png"
            target.hardlink_to(sources / f"{n % DISTINCT}.png")
    (folder / "complete").touch()


def measure(config: Config, folder: Path) -> dict[str, float]:
    """Train on the pictures of a folder, in this process."""
    import jaxcnn  # after the other process has written the pictures

    started = time.perf_counter()
    data = jaxcnn.data.image_folder(folder, (SIDE, SIDE), stream=True)
    listed = time.perf_counter()
    times, sizes = [], []

    def on_step(_: int) -> None:
        times.append(time.perf_counter())
        sizes.append(resident_mib())

    jaxcnn.fit(
        jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(CLASSES)]),
        data.train,
        epochs=1,
        batch_size=config.batch_size,
        devices=1,
        on_step=on_step,
        progress=False,
        checkpoints=folder / "checkpoints" if config.checkpoints else None,
        resume="auto" if config.checkpoints else "never",
    )
    return {
        "listed": listed - started,
        "started": times[0] - listed,
        "epoch": times[-1] - times[0],
        "memory": max(sizes),
    }


def resident_mib() -> float:
    """Return the memory that this process uses now; Linux only."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


def main(config: Config) -> None:
    if config.measure is not None:
        print(json.dumps(measure(config, config.measure)))
        return
    measured = {}
    for count in config.counts:
        folder = config.folder / str(count)
        make_pictures(folder, count)
        command = [sys.executable, __file__, *sys.argv[1:], "--measure", str(folder)]
        ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        measured[str(count)] = json.loads(ended.stdout.splitlines()[-1])
        shown = ", ".join(f"{name} {value:.1f}" for name, value in measured[str(count)].items())
        print(f"{count:,} pictures: {shown}", flush=True)
    report(config, measured)


def report(config: Config, measured: dict[str, dict[str, float]]) -> None:
    first, last = (measured[str(count)] for count in (config.counts[0], config.counts[-1]))
    growth, start = last["memory"] / first["memory"], last["listed"] + last["started"]
    print(f"memory {growth:.3f} times as much; the goal is at most {GOAL_GROWTH:.2f}")
    print(f"first step after {start:.1f} s; the goal is at most {GOAL_SECONDS:.0f} s")
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "jaxlib", "grain", "pillow"))
        rounded = {
            count: {name: round(value, 1) for name, value in each.items()}
            for count, each in measured.items()
        }
        results = {"measured": rounded, "growth": round(growth, 3), "start": round(start, 1)}
        write_json(config.out / "many_files.json", about | results)
    if growth > GOAL_GROWTH or start > GOAL_SECONDS:
        raise SystemExit(1)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))
