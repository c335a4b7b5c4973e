"""Measure what checkpoints cost a training, and how long it takes to resume one.

    python experiments/benchmarks/checkpoints.py            # the quick preset's network on digits
    python experiments/benchmarks/checkpoints.py --out runs/benchmarks

A training without checkpoints, one with the default settings, and one that saves after each epoch
take turns; the first round warms up and is not counted. Then a training that has been cut off is
resumed by a new call, whose time up to the first step is compared with that of one from nothing.
"""

import dataclasses
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import tyro

import jaxcnn
from jaxcnn.experiment import PRESETS
from jaxcnn.training import Checkpoints


@dataclasses.dataclass(frozen=True)
class Measurement:
    """The options of the script.

    Attributes:
        epochs: Epochs of a training.
        rounds: Number of rounds that are counted.
        out: A folder for the results; None: they are printed.
    """

    epochs: int = 20
    rounds: int = 7
    out: Path | None = None


def main(options: Measurement) -> None:
    """Measure, and print or write the results."""
    jaxcnn.set_up()
    data = jaxcnn.data.digits()
    train = jaxcnn.data.to_shape(data.train, (32, 32, 1))
    preset = PRESETS["digits"]["quick"]
    plan = preset.plan(epochs=options.epochs)
    network = preset.architecture(train.num_classes)
    folder = Path(tempfile.mkdtemp())

    def seconds(kind: str) -> float:
        """Train once, and return the seconds after compilation."""
        saved = folder / kind
        shutil.rmtree(saved, ignore_errors=True)
        checkpoints = {
            "none": None,
            "default": Checkpoints(saved),
            "each epoch": Checkpoints(saved, every_steps=10**9),
        }[kind]
        began = time.perf_counter()
        run = jaxcnn.fit(network, train, plan=plan, checkpoints=checkpoints, progress=False)
        return time.perf_counter() - began - run.seconds_compile

    kinds = ("none", "default", "each epoch")
    times = {kind: [] for kind in kinds}
    for number in range(options.rounds + 1):
        for kind in kinds[:: 1 if number % 2 else -1]:
            took = seconds(kind)
            if number:
                times[kind].append(took)
    ratios = {
        kind: sorted(a / b for a, b in zip(times[kind], times["none"], strict=True))
        for kind in kinds[1:]
    }
    resumed = []
    for _ in range(options.rounds):
        began = time.perf_counter()
        run = jaxcnn.fit(
            network, train, plan=plan, checkpoints=folder / "default", progress=False, resume="must"
        )
        resumed.append(time.perf_counter() - began - run.seconds_compile)
    results = {
        "command": "experiments/benchmarks/checkpoints.py",
        "network": preset.model,
        "dataset": f"{train.name}, n = {len(train)}",
        "epochs": options.epochs,
        "rounds": options.rounds,
        "seconds": {kind: statistics.median(each) for kind, each in times.items()},
        "times as long as without": {
            kind: {"median": statistics.median(each), "least": each[0], "most": each[-1]}
            for kind, each in ratios.items()
        },
        "seconds to read a checkpoint, without compilation": statistics.median(resumed),
        "versions": jaxcnn.runs.versions(),
        "device": jaxcnn.runs.device(),
    }
    text = json.dumps(results, indent=1)
    print(text)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "checkpoints.json").write_text(text + "\n")


if __name__ == "__main__":
    main(tyro.cli(Measurement, description=__doc__))
