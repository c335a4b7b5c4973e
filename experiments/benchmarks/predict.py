"""Compare predicting image files with running the network on images in memory.

    python experiments/benchmarks/predict.py --folder FOLDER --out experiments/results/data

Measured in turn, several times, for files evenly spread over a folder:

- predict: `predict_files`, which decodes in threads ahead of the network;
- network: `Network.predict_proba` on the same images, already decoded, in the same batches;
- decoder: the same threads decode the same files, and nothing else is done;
- by turns: each batch is decoded in one thread, then goes through the network.

The files have been read before, so the disk is not measured. The goal is that `predict` takes
little longer than the slower of `network` and `decoder`. Where the network's device is the CPU,
both use the same cores, so `predict` cannot take less than both together need.
"""

import dataclasses
from pathlib import Path

import numpy as np
import tyro
from _results import facts, write_json
from _timing import interleave, ratio, spread
from _untrained import untrained

import jaxcnn
from jaxcnn.data import find_image_files, load_image, load_images
from jaxcnn.models import by_name

CHANNELS = 3

BATCH_SIZE = 64
"""The default of `predict_files`."""

BATCHES_AHEAD = 2
"""The number of batches that `predict_files` decodes ahead."""


@dataclasses.dataclass(frozen=True)
class Config:
    """What to time.

    Attributes:
        folder: Folder of the image files, searched recursively.
        images: Number of files.
        model: A network of the zoo for color images; its weights are random.
        size: Height and width of the network's input; None for those it was designed for.
        batch_size: Images that go through the network at a time.
        devices: CPU devices that share each batch; None for one per core.
        repeats: Number of rounds.
        out: Folder for `predict.json`.
    """

    folder: Path
    images: int = 2_000
    model: str = "cifar_small"
    size: tuple[int, int] | None = None
    batch_size: int = BATCH_SIZE
    devices: int | None = None
    repeats: int = 9
    out: Path | None = None


def main(config: Config) -> None:
    jaxcnn.set_up(config.devices, huge_pages=True, cache=False)
    found = find_image_files(config.folder)
    if config.images > len(found):
        raise SystemExit(f"--images: there are only {len(found)} in {config.folder}")
    indices = np.linspace(0, len(found) - 1, config.images).astype(int)
    files, size = [found[index] for index in indices], config.batch_size
    made = by_name(config.model)
    height, width = config.size or made.input_shape[:2]
    network = untrained(made.make(), (height, width, CHANNELS))
    batches = [files[start : start + size] for start in range(0, len(files), size)]

    def read(batch) -> np.ndarray:
        return np.stack([load_image(file, network.input_shape) for file in batch])

    in_memory = [read(batch) for batch in batches]

    def predict() -> None:
        for _ in jaxcnn.predict_files(network, files, batch_size=size):
            pass

    def alone() -> None:
        for images in in_memory:
            network.predict_proba(images, batch_size=size)

    def decoder() -> None:
        for _ in load_images(files, network.input_shape, ahead=BATCHES_AHEAD * size):
            pass

    def by_turns() -> None:
        for batch in batches:
            network.predict_proba(read(batch), batch_size=size)

    calls = {"predict": predict, "network": alone, "decoder": decoder, "by turns": by_turns}
    samples = interleave(calls, repeats=config.repeats, seconds=600)
    print(f"{config.model}, {config.images:,} files, batches of {size}")
    for name, values in samples.items():
        seconds = spread(values)
        rate = config.images / seconds["median"]
        spreads = f"({seconds['low']:.3f} to {seconds['high']:.3f})"
        print(f"{name:9}{seconds['median']:8.3f} s {spreads}   {rate:8.0f} images/s")
    others = [name for name in calls if name != "predict"]
    ratios = {name: ratio(samples["predict"], samples[name]).interval for name in others}
    for name, slower in ratios.items():
        print(f"predict takes {slower} times as long as {name}")
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        about = facts(("jax", "jaxlib", "flax", "numpy", "pillow", "simplejpeg"))
        results = {
            "model": config.model,
            "images": config.images,
            "batch_size": size,
            "seconds": {name: spread(values) for name, values in samples.items()},
            "ratios": {name: [round(x, 3) for x in found] for name, found in ratios.items()},
        }
        write_json(config.out / "predict.json", about | results)


if __name__ == "__main__":
    main(tyro.cli(Config, description=__doc__))
