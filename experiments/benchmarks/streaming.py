"""Training on pictures that are decoded meanwhile against training on the same ones in memory.

    python experiments/benchmarks/streaming.py --folder FOLDER --out experiments/results/data

FOLDER holds `train/<class>/` and `test/<class>/`. One network learns, by the same recipe and in the
same order, in epochs that take turns in one process:

- resident: the images lie decoded on the devices;
- streamed: `fit` is given files, which Grain's threads decode while the steps before run.

Both must end with the same loss. Printed are the median seconds an epoch, the quartiles, the share
of them in which the loop waited for its next batch, and the ratio with its 95 % bootstrap interval.
Compiling and one epoch each to warm up are left out. The goal is a ratio of at most 1.10.

Decoding takes time of the very cores that train, so `decode` is there to compare: the seconds that
one thread needs for an epoch's files when nothing else runs.
"""

import dataclasses
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import tyro
from _results import cores, facts, write_json
from _timing import ratio, spread

import jaxcnn
from jaxcnn import models
from jaxcnn.data import Augmentation, ImageFiles, image_folder
from jaxcnn.training import sgd
from jaxcnn.training._feed import Feed, feed_of
from jaxcnn.training._interrupt import Interrupt
from jaxcnn.training._loop import compile_step, run_epoch
from jaxcnn.training._prepare import Prepared, prepare, run_keys
from jaxcnn.training._progress import Progress

GOAL = 1.10
TX = sgd(0.01)
AUGMENTATION = Augmentation(flip="alternating", shift=2)


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        folder: the pictures.
        size: height and width that they get.
        images: how many of those to train on are used.
        model: a network of the zoo.
        batch_size: images a step.
        devices: CPU devices that share each batch; None: as many as cores.
        repeats: epochs of each.
        out: folder for `streaming.json`.
    """

    folder: Path
    size: tuple[int, int] = (32, 32)
    images: int = 10_000
    model: str = "cifar_small"
    batch_size: int = 250
    devices: int | None = None
    repeats: int = 9
    out: Path | None = None


class Loop:
    """`fit`'s loop over one feed; it notes how long each epoch took, and how long it waited."""

    def __init__(self, prepared: Prepared, feed: Feed) -> None:
        self.prepared, self.feed = prepared, feed
        state = prepared.for_the_step(prepared.state)
        self.step, _ = compile_step(prepared.recipe, state, feed)
        self.seconds: list[float] = []
        self.waited: list[float] = []
        self.loss = float("nan")

    def epoch(self) -> None:
        """Train the fresh network for one epoch, always the same one."""
        self.waited.append(0.0)
        steps, recipe = self.prepared.steps, self.prepared.recipe
        state = jax.block_until_ready(self.prepared.for_the_step(self.prepared.state))
        with Progress(1, steps, recipe.batch_size, enabled=False) as silent:
            result = run_epoch(
                self.step,
                state,
                self._watched(self.feed.epoch(recipe, 0, steps)),
                epoch=0,
                progress=silent,
                interrupt=Interrupt(),
            )
        self.seconds.append(result.seconds)
        self.loss = result.loss

    def _watched(self, batches: Generator[tuple[Any, ...]]) -> Generator[tuple[Any, ...]]:
        while True:
            started = time.perf_counter()
            batch = next(batches, None)
            self.waited[-1] += time.perf_counter() - started
            if batch is None:
                return
            yield batch

    def forget(self) -> None:
        """Leave what was timed so far out."""
        self.seconds.clear()
        self.waited.clear()

    @property
    def share_waited(self) -> float:
        """The median share of an epoch in which the loop waited for its next batch."""
        return float(np.median(np.divide(self.waited, self.seconds)))


def load(config: Config) -> ImageFiles:
    """Some of the files, evenly from all classes."""
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
    jaxcnn.set_up(devices, huge_pages=True, cache=False)
    files = load(config)
    prepared = prepare(
        models.by_name(config.model).make(files.num_classes),
        files.load(cache=False),
        epochs=1,
        batch_size=config.batch_size,
        tx=TX,
        augmentation=AUGMENTATION,
        devices=devices,
    )
    _, data_key, _ = run_keys(0)
    loops = {
        "resident": Loop(prepared, prepared.feed),
        "streamed": Loop(prepared, feed_of(files, data_key, prepared.recipe)),
    }
    for loop in loops.values():
        loop.epoch()
        loop.forget()
    decode = []
    order = np.random.default_rng(0)
    for _ in range(config.repeats):
        for name in order.permutation(list(loops)):
            loops[name].epoch()
        decode.append(decode_seconds(files))
    report(config, loops, decode)


def report(config: Config, loops: dict[str, Loop], decode: list[float]) -> None:
    resident, streamed = loops["resident"], loops["streamed"]
    if resident.loss != streamed.loss:
        raise SystemExit(f"the losses differ: {resident.loss} and {streamed.loss}")
    seconds = {name: spread(loop.seconds) for name, loop in loops.items()}
    seconds["decode"] = spread(decode)
    waited = {name: round(loop.share_waited, 4) for name, loop in loops.items()}
    slower = ratio(streamed.seconds, resident.seconds).interval
    print(f"{config.model}, {config.images:,} images, batches of {config.batch_size}")
    for name, found in seconds.items():
        line = f"{name:8} {found['median']:7.3f} s ({found['low']:.3f} to {found['high']:.3f})"
        print(line + (f"   waited {waited[name]:.1%}" if name in waited else ""))
    print(f"streamed takes {slower} times as long; the goal is at most {GOAL:.2f}")
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "jaxlib", "flax", "optax", "grain", "pillow", "simplejpeg"))
        results = {
            "images": config.images,
            "seconds": seconds,
            "share_waited": waited,
            "ratio": [round(x, 3) for x in slower],
        }
        write_json(config.out / "streaming.json", about | results)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))
