"""Train CIFAR-10 to the end of a preset, several times: seconds and accuracy, beside PyTorch.

    python experiments/benchmarks/time_to_accuracy.py --data-dir FOLDER \
        --dataset-name "CIFAR-10 (JPEG-75)" --out experiments/results/time_to_accuracy

Each run trains in a process of its own, on all cores; jaxcnn and PyTorch take turns. PyTorch trains
the same network by the same recipe (`libraries/airbench_with_torch.py`), so it takes part only in
presets that train airbench94. "Mirrored" is the accuracy with the mean logits of each image and its
mirror image, which airbench94's own results use, too. The seconds of training include compiling,
but not loading the data and not the final measurement on the test set. Options of the preset can be
replaced by `--epochs` and `--widths`.
"""

import dataclasses
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import tyro
from _results import cores, facts, write_json

import jaxcnn
from jaxcnn import functional as F
from jaxcnn.data import flip_views
from jaxcnn.experiment import PRESETS, Preset

HERE = Path(__file__).parent
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


@dataclasses.dataclass(frozen=True)
class Config:
    """What to train.

    Attributes:
        data_dir: The folder that contains ``cifar-10-batches-bin/``.
        dataset_name: Name of the data, if the pixels are not the published ones.
        preset: Name of the preset for CIFAR-10.
        epochs: Number of epochs; None means the preset's.
        widths: Widths of the network; None means the preset's.
        devices: Number of devices that share each batch; None means one per core.
        runs: Number of runs, with seeds from 0.
        peer: Whether PyTorch trains, too.
        hold_out: Whether to measure on the last 5,000 training images, and to train on the others,
            in order to choose a recipe.
        out: Folder for `PRESET.json`.
        worker: For this script itself: ``"jaxcnn"`` or ``"PyTorch"`` trains with one seed.
        seed: The seed of a worker.
    """

    data_dir: Path
    dataset_name: str = "CIFAR-10"
    preset: str = "standard"
    epochs: int | None = None
    widths: tuple[int, int, int] | None = None
    devices: int | None = None
    runs: int = 5
    peer: bool = True
    hold_out: bool = False
    out: Path | None = None
    worker: str | None = None
    seed: int = 0

    @property
    def recipe(self) -> Preset:
        """The preset with the options replaced."""
        changes = {"epochs": self.epochs, "widths": self.widths}
        given = {name: value for name, value in changes.items() if value is not None}
        return dataclasses.replace(PRESETS["cifar10"][self.preset], **given)


def train_jaxcnn(
    recipe: Preset, train: Any, test: Any, seed: int, devices: int | None
) -> dict[str, float]:
    """Train with jaxcnn; return the seconds and both accuracies on the test set."""
    steps = recipe.epochs * (len(train) // recipe.batch_size)
    started = time.perf_counter()
    run = jaxcnn.fit(
        recipe.architecture(10),
        train,
        plan=recipe.plan(seed=seed, tx=recipe.tx(steps), devices=devices),
        progress=False,
    )
    seconds = time.perf_counter() - started
    accuracy = run.evaluate(test).accuracy
    mirrored = run.evaluate(test, views=flip_views()).accuracy
    assert accuracy is not None
    assert mirrored is not None
    return {"seconds": seconds, "accuracy": accuracy, "mirrored": mirrored}


def work(config: Config) -> None:
    """Train once in this process, and print the result."""
    data = jaxcnn.data.cifar10(config.data_dir, name=config.dataset_name)
    train, test = data.train, data.test
    if config.hold_out:
        train, test = train.take(45_000), train.subset(range(45_000, 50_000))
    if config.worker == "PyTorch":
        from libraries.airbench_with_torch import train_torch

        arrays = (train.images, train.labels, test.images, test.labels)
        found = train_torch(config.recipe, *arrays, seed=config.seed, threads=cores())
    else:
        found = train_jaxcnn(config.recipe, train, test, config.seed, config.devices)
    print(json.dumps(found))


def start(worker: str, seed: int) -> dict[str, float]:
    """Run this script as a worker."""
    request = [sys.executable, __file__, *sys.argv[1:], "--worker", worker, "--seed", str(seed)]
    devices = {"JAX_NUM_CPU_DEVICES": str(cores())}
    output = subprocess.check_output(request, env=os.environ | HUGE_PAGES | devices, text=True)
    found = json.loads(output.splitlines()[-1])
    print(
        f"{worker}, seed {seed}: {found['seconds']:.0f} s, {found['accuracy']:.2%}, mirrored "
        f"{found['mirrored']:.2%}",
        flush=True,
    )
    return found


def main(config: Config) -> None:
    if config.worker is not None:
        work(config)
        return
    names = ["jaxcnn", "PyTorch"] if config.peer else ["jaxcnn"]
    runs = {name: [] for name in names}
    for seed in range(config.runs):
        for name in names:
            runs[name].append(start(name, seed))
            if config.out is not None:
                save(config, runs)


def save(config: Config, runs: dict[str, list[dict[str, float]]]) -> None:
    """Write all runs so far, and what they have in common."""
    assert config.out is not None
    n_test = 5_000 if config.hold_out else 10_000
    content: dict[str, Any] = facts(("jax", "jaxlib", "flax", "torch"))
    content |= {"dataset": config.dataset_name, "n_test": n_test}
    content["preset"] = dataclasses.asdict(config.recipe)
    for name, found in runs.items():
        if not found:
            continue
        seconds = [each["seconds"] for each in found]
        mean = statistics.mean(each["accuracy"] for each in found)
        mirrored = statistics.mean(each["mirrored"] for each in found)
        content[name] = {
            "runs": [{key: round(value, 4) for key, value in each.items()} for each in found],
            "median_seconds": round(statistics.median(seconds), 1),
            "mean_accuracy": round(mean, 4),
            "mean_mirrored": round(mirrored, 4),
            # All runs are measured on the same images.
            "interval": [round(x, 4) for x in F.wilson_interval(round(mean * n_test), n_test)],
        }
    config.out.mkdir(parents=True, exist_ok=True)
    write_json(config.out / f"{config.preset}.json", content)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))
