"""Compare training on image files that are decoded meanwhile with the same images in memory.

    python experiments/benchmarks/streaming.py --folder FOLDER --out experiments/results/data

FOLDER contains `train/<class>/` and `test/<class>/`. `fit` trains one network on the same images in
the same order, in runs of two epochs that take turns in one process:

- resident: the decoded images are in the devices' memory;
- streamed: `fit` is given files, which Grain's threads decode during earlier steps.

Both must end with the same loss. Only the second epoch of each run is measured; the first warms
up. Printed are its median seconds, the quartiles, and the ratio with its 95% bootstrap interval.
The goal is a ratio of at most 1.10.

Decoding uses the same cores as the training. For comparison, `decode` is the time that one thread
needs for the files of an epoch when nothing else runs.
"""

import dataclasses
import time
from pathlib import Path

import jax
import numpy as np
import tyro
from _results import cores, facts, write_json
from _timing import ratio, spread

import jaxcnn
from jaxcnn import models
from jaxcnn.data import Augmentation, Dataset, ImageFiles, image_folder
from jaxcnn.training import sgd

GOAL = 1.10
TX = sgd(0.01)
AUGMENTATION = Augmentation(flip="alternating", shift=2)


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        folder: Folder of the image files.
        size: Height and width of the decoded images.
        images: Number of training images that are used.
        model: A network of the zoo.
        batch_size: Images per step.
        devices: CPU devices that share each batch; None for one per core.
        repeats: Number of runs of each kind.
        out: Folder for `streaming.json`.
    """

    folder: Path
    size: tuple[int, int] = (32, 32)
    images: int = 10_000
    model: str = "cifar_small"
    batch_size: int = 250
    devices: int | None = None
    repeats: int = 9
    out: Path | None = None


class TimedFit:
    """Runs of `fit` on one training set, and the time of their last epochs."""

    def __init__(self, config: Config, train: Dataset | ImageFiles) -> None:
        self.network = models.by_name(config.model).make(train.num_classes)
        self.train, self.batch_size, self.devices = train, config.batch_size, config.devices
        self.seconds: list[float] = []
        self.loss = float("nan")

    def fit(self) -> None:
        """Train a new network, with the same initial weights each time."""
        run = jaxcnn.fit(
            self.network,
            self.train,
            epochs=2,
            batch_size=self.batch_size,
            tx=TX,
            augmentation=AUGMENTATION,
            devices=self.devices,
            progress=False,
        )
        self.seconds.append(run.history[-1]["seconds"])
        self.loss = run.history[-1]["train_loss"]


def load(config: Config) -> ImageFiles:
    """Choose files evenly from all classes."""
    files = image_folder(config.folder, config.size, stream=True).train
    if config.images > len(files):
        raise SystemExit(f"--images: there are only {len(files)} to train on")
    return files.subset(np.linspace(0, len(files) - 1, config.images).astype(int))


def decode_seconds(files: ImageFiles) -> float:
    started = time.perf_counter()
    files.read(np.arange(len(files)))
    return time.perf_counter() - started


def main(config: Config) -> None:
    devices = config.devices or cores()
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_num_cpu_devices", devices)
    files = load(config)
    sets = {
        "resident": TimedFit(config, files.load(cache=False)),
        "streamed": TimedFit(config, files),
    }
    decode = []
    order = np.random.default_rng(0)
    for _ in range(config.repeats):
        for name in order.permutation(list(sets)):
            sets[name].fit()
        decode.append(decode_seconds(files))
    report(config, sets, decode)


def report(config: Config, sets: dict[str, TimedFit], decode: list[float]) -> None:
    resident, streamed = sets["resident"], sets["streamed"]
    if resident.loss != streamed.loss:
        raise SystemExit(f"the losses differ: {resident.loss} and {streamed.loss}")
    seconds = {name: spread(timed.seconds) for name, timed in sets.items()}
    seconds["decode"] = spread(decode)
    slower = ratio(streamed.seconds, resident.seconds).interval
    print(f"{config.model}, {config.images:,} images, batches of {config.batch_size}")
    for name, found in seconds.items():
        print(f"{name:8} {found['median']:7.3f} s ({found['low']:.3f} to {found['high']:.3f})")
    print(f"streamed takes {slower} times as long; the goal is at most {GOAL:.2f}")
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "jaxlib", "flax", "optax", "grain", "pillow", "simplejpeg"))
        results = {
            "images": config.images,
            "seconds": seconds,
            "ratio": [round(x, 3) for x in slower],
        }
        write_json(config.out / "streaming.json", about | results)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))
