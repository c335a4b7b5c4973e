"""Measure what checkpoints cost a training, and how long it takes to resume one.

    python experiments/benchmarks/checkpoints.py          # the quick preset on digits
    python experiments/benchmarks/checkpoints.py --out runs/benchmarks

The training saves checkpoints with the default settings. Its own thread is measured: the time that
it spends saving, and waiting for the last save, as a share of the time of the training. A first
training warms up and is not counted.

Then processes take turns that start a training, or resume it from a checkpoint in its second epoch.
The time from the start of a process to the end of its first step is measured, with compiled
programs in the cache.
"""

import dataclasses
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType
from typing import Any

import tyro

import jaxcnn
from jaxcnn.data import Dataset
from jaxcnn.experiment import PRESETS
from jaxcnn.training import Checkpoints

PRESET = PRESETS["digits"]["quick"]
PLACE = os.path.join("jaxcnn", "training", "checkpoints", "")
SAVING = ("save", "finish", "is_due", "is_due_after_epoch")
"""The functions that save, or wait for a save; others open the folder and identify the training."""


@dataclasses.dataclass(frozen=True)
class Measurement:
    """The options of the script.

    Attributes:
        epochs: Epochs of a training; by default those of the preset.
        rounds: Number of rounds that are counted.
        out: A folder for the results; None: they are printed.
        first_step: A folder of checkpoints with which to train for one step; used by this script.
    """

    epochs: int = PRESET.epochs
    rounds: int = 7
    out: Path | None = None
    first_step: Path | None = None


class CutOffError(Exception):
    """Ends a training."""


class Stopwatch:
    """Measures the time that this thread spends in the files of a folder, by outermost function.

    Args:
        place: A part of the path of the files.
    """

    def __init__(self, place: str) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._place, self._depth, self._began = place, 0, 0.0

    def __enter__(self) -> "Stopwatch":
        sys.setprofile(self._see)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _see(self, frame: FrameType, event: str, _: Any) -> None:
        if event not in ("call", "return") or self._place not in frame.f_code.co_filename:
            return
        if event == "call":
            self._began = self._began if self._depth else time.perf_counter()
            self._depth += 1
            return
        self._depth -= 1
        if not self._depth:
            self.seconds[frame.f_code.co_name] += time.perf_counter() - self._began


def fit(data: Dataset, epochs: int, checkpoints: Checkpoints, **options: Any) -> jaxcnn.Run:
    """Train as the preset says."""
    network = PRESET.architecture(data.num_classes)
    plan = PRESET.plan(epochs=epochs)
    options = {"plan": plan, "checkpoints": checkpoints, "progress": False, **options}
    return jaxcnn.fit(network, data, **options)


def shares(data: Dataset, epochs: int, folder: Path) -> dict[str, float]:
    """Train once, and return the share of the time that checkpoints took."""
    shutil.rmtree(folder, ignore_errors=True)
    began = time.perf_counter()
    with Stopwatch(PLACE) as watch:
        run = fit(data, epochs, Checkpoints(folder))
    took = time.perf_counter() - began - run.seconds_compile
    saving = sum(watch.seconds[name] for name in SAVING)
    print(f"{saving:.3f} s of {took:.2f} s", file=sys.stderr)
    return {
        "seconds": took,
        "saving": saving / took,
        "saving, opening and identifying": sum(watch.seconds.values()) / took,
    }


def cut_off(data: Dataset, epochs: int, folder: Path, step: int) -> None:
    """Train until there is a checkpoint after a step."""

    def end(at: int) -> None:
        if at == step + 2:
            raise CutOffError

    try:
        fit(data, epochs, Checkpoints(folder, every_steps=step), on_step=end)
    except CutOffError:
        return


def seconds_to_first_step(epochs: int, folder: Path) -> float:
    """Start a process that trains for one step from what is in a folder."""
    began = time.perf_counter()
    command = [sys.executable, __file__, "--epochs", str(epochs), "--first-step", folder]
    subprocess.run(command, check=True)
    took = time.perf_counter() - began
    print(f"{folder.name}: {took:.2f} s", file=sys.stderr)
    return took


def summary(values: list[float]) -> dict[str, float]:
    """Return median and range."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def main(options: Measurement) -> None:
    """Measure, and print or write the results."""
    jaxcnn.set_up()
    data = jaxcnn.data.to_shape(jaxcnn.data.digits().train, (32, 32, 1))
    if options.first_step is not None:
        # A process that is only asked for its first step has nothing to clean up.
        fit(data, options.epochs, Checkpoints(options.first_step), on_step=lambda _: os._exit(0))
    folder = Path(tempfile.mkdtemp())
    costs = [shares(data, options.epochs, folder / "run") for _ in range(options.rounds + 1)][1:]
    # Two steps after the end of the first epoch.
    cut_off(data, options.epochs, folder / "cut", len(data) // PRESET.batch_size + 2)
    seconds: dict[str, list[float]] = {"fresh": [], "resumed": []}
    for _ in range(options.rounds + 1):
        for kind, times in seconds.items():
            place = folder / kind
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            if kind == "resumed":
                shutil.copytree(folder / "cut", place, dirs_exist_ok=True)
            times.append(seconds_to_first_step(options.epochs, place))
    fresh, resumed = (times[1:] for times in seconds.values())
    results = {
        "command": "experiments/benchmarks/checkpoints.py",
        "network": PRESET.model,
        "dataset": f"{data.name}, n = {len(data)}",
        "epochs": options.epochs,
        "rounds": options.rounds,
        "cost": {name: summary([cost[name] for cost in costs]) for name in costs[0]},
        "seconds from the start of a process to its first step": {
            "fresh": summary(fresh),
            "resumed": summary(resumed),
            "difference": summary([b - a for a, b in zip(fresh, resumed, strict=True)]),
        },
        "versions": jaxcnn.runs.versions(),
        "device": jaxcnn.runs.device(),
    }
    shutil.rmtree(folder)
    text = json.dumps(results, indent=1)
    print(text)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "checkpoints.json").write_text(text + "\n")


if __name__ == "__main__":
    main(tyro.cli(Measurement, description=__doc__))
